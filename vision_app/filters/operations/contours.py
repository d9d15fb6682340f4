"""Contours, with hull, box and area."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Switch, Whole
from vision_app.filters.words import Words


def make(mode: str, least_area: int, hull: bool, box: bool, area: bool) -> Apply:
    """Go round the bright areas of the picture, parted from the dark ones by Otsu's threshold."""
    find = {"outer": cv2.RETR_EXTERNAL, "all": cv2.RETR_LIST}[mode]

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            mask = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        else:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
            image = image.copy()
        contours, _ = cv2.findContours(mask, find, cv2.CHAIN_APPROX_SIMPLE)
        contours = [contour for contour in contours if cv2.contourArea(contour) >= least_area]
        cv2.drawContours(image, contours, -1, (0, 255, 0), 2)
        for contour in contours:
            left, top, width, height = cv2.boundingRect(contour)
            if hull:
                cv2.drawContours(image, [cv2.convexHull(contour)], -1, (255, 128, 0), 2)
            if box:
                cv2.rectangle(image, (left, top), (left + width, top + height), (0, 128, 255), 2)
            if area:
                text = f"{cv2.contourArea(contour):.0f}"
                cv2.putText(image, text, (left, top - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 255, 255), 1)
        return image

    return apply


ROW = Operation(
    name="contours",
    title=Words("Contours", "윤곽선"),
    line=Words(
        "Lines round the bright areas, with their hull, box and area",
        "밝은 영역의 둘레를 볼록 껍질, 상자, 넓이와 함께 그립니다",
    ),
    lesson=Words(
        "A contour is the list of the points round a white area, and from it come area, box, centre and shape. "
        "Counting and measuring things on a conveyor belt is mostly this: threshold, clean, contours. "
        "The hull is a rubber band round it; how much larger it is says how dented the thing is.",
        "윤곽선은 흰 영역을 둘러싼 점의 목록이며, 여기서 넓이, 상자, 중심, 모양이 나옵니다. "
        "컨베이어 위의 물건을 세고 재는 일은 대개 임계값, 정리, 윤곽선 순서입니다. "
        "볼록 껍질은 둘러친 고무줄이고, 원래보다 많이 클수록 움푹한 물건입니다.",
    ),
    call="cv2.findContours",
    picture="coins",
    make=make,
    cost_ms=0.95,
    parameters=(
        Choice(
            name="mode",
            words=Words("Which", "대상"),
            options=(
                ("outer", Words("Outermost", "바깥쪽만")),
                ("all", Words("All, holes too", "구멍까지 모두")),
            ),
        ),
        Whole(
            name="least_area",
            words=Words("Least area", "최소 넓이"),
            unit="px²",
            start=100,
            low=0,
            high=100_000,
        ),
        Switch(name="hull", words=Words("Hull", "볼록 껍질"), start=False),
        Switch(name="box", words=Words("Box", "상자"), start=True),
        Switch(name="area", words=Words("Area", "넓이"), start=True),
    ),
    gives="colour",
)
