"""The command line speaks the language of the locale; what programs read stays English."""

import json
import os
import subprocess
import sys

import pytest


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("VISION_APP_LANGUAGE", "LC_ALL", "LANG")}
    environment |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **variables}
    command = [sys.executable, "-m", "vision_app", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=120, check=False
    )


@pytest.mark.parametrize("variables", [{"LANG": "ko_KR.UTF-8"}, {"VISION_APP_LANGUAGE": "ko", "LANG": "C"}])
def test_errors_are_told_in_korean(variables: dict[str, str]) -> None:
    done = run("models", "info", "nosuch", **variables)
    assert done.returncode == 2
    assert done.stderr.startswith("vision-app: 'nosuch'라는 모델이 없습니다. 사용할 수 있는 이름: alexnet,")


def test_the_help_is_korean_and_its_lines_fit_the_terminal() -> None:
    done = run("train", "--help", VISION_APP_LANGUAGE="ko")
    assert done.stdout.startswith("사용법: vision-app train")
    assert "따로 두는 샘플의 비율(기본값: 0.2)" in done.stdout
    wrong = run("train", VISION_APP_LANGUAGE="ko")
    assert "다음 인수가 필요합니다: --samples, --name" in wrong.stderr


def test_json_is_english_in_every_language() -> None:
    korean = run("doctor", "--json", VISION_APP_LANGUAGE="ko").stdout
    names = {check["name"] for check in json.loads(korean)}
    assert {"onnxruntime", "video writer", "model folder"} <= names
    assert not any("가" <= letter <= "힣" for letter in korean)
