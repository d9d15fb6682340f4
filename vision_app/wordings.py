"""What a window says in the place of messages that name flags and commands: it has neither.

The core writes its messages once, with the advice of the command line. In a window `told` says the sentence on the
right instead, with the same fields. A test holds each message that names a flag and can reach a window to having one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

IN_A_WINDOW: Mapping[str, str] = MappingProxyType(
    {
        ("; say it with a card: vision-app models add FILE --card CARD.json"): (
            "; add the model in the window and say it there"
        ),
        ("; vision-app models add FILE keeps what is said, its --try PHOTO shows what each choice sees"): (
            "; adding the model in the window shows what each choice sees, and keeps it"
        ),
        (
            "{path}: what it gives, {given}, cannot be output.layout {asked}{near}; vision-app "
            "models add --help lists the layouts with their shapes"
        ): ("{path}: what it gives, {given}, cannot be output.layout {asked}{near}; choose another layout"),
        ("vision-app models pull {name} gets it ({size}, licence {licence}, from {url})"): (
            "it can be downloaded among the models ({size}, licence {licence}, from {url})"
        ),
        (
            "'{name}' is a chain of the models {models}: it can be run with --model, what is "
            "asked here needs one model"
        ): (
            "'{name}' is a chain of the models {models}: it can run on the picture, what is "
            "asked here needs one model"
        ),
        ("bring its ONNX file: vision-app models add FILE --name {name}"): (
            "bring its ONNX file: add it among the models under the name {name}"
        ),
        ("{name}: vision-app models add FILE --name {name}"): "{name}: add its ONNX file among the models",
        ("{finding}; say it: {flags}; --try PHOTO shows what each choice sees"): (
            "{finding}; say it where the model is added, which shows what each choice sees"
        ),
        ("--labels {path}: expected one name a line, in the order of the classes, none empty"): (
            "names of the classes, {path}: expected one name a line, in the order of the classes, none empty"
        ),
        "--labels FILE|NAME": "names of the classes",
        ("--set wants a card's field and its value, as output.layout=yolox, got '{text}'"): (
            "a field of the card and its value are wanted, as output.layout=yolox, got '{text}'"
        ),
        "--set {field} is given twice": "the field {field} of the card is given twice",
        "--labels: no such file: {path}": "names of the classes: no such file: {path}",
        "--labels: no list of names: {error}": ("names of the classes: no list of names: {error}"),
        "--set {field}: {problem}": "field {field} of the card: {problem}",
        "--overwrite replaces it": "remove the file first to fetch it again",
        "vision-app models verify tells more": "remove the file and download the model again",
        (
            "{file}: expected an ONNX model; a {suffix} file needs its own library, and opening "
            "one can run code of whoever made it; vision-app models export --help tells how to "
            "make ONNX of it"
        ): (
            "{file}: expected an ONNX model; a {suffix} file needs its own library, and opening "
            "one can run code of whoever made it; export it to ONNX with that library"
        ),
        (
            "guessed: {guesses}; models add --try PHOTO shows what it sees, --set FIELD=VALUE changes a field"
        ): "guessed: {guesses}",
        ("; give another --name, or --overwrite to take its place"): "; give another name",
        ("; give another --name, or --overwrite to hide it"): "; give another name",
        (
            "it found nothing with any score, in a photo nor in noise; files that were made 8 "
            "bits wrongly are so: try it on a picture of what it knows (--try)"
        ): (
            "it found nothing with any score, in a photo nor in noise; files that were made 8 "
            "bits wrongly are so: try it on a picture of what it knows"
        ),
        ("{must_fit} needs {wanted}; add one with --model (given: {names})"): (
            "{must_fit} needs {wanted}; add one among the models (running: {names})"
        ),
        ("--classify-boxes needs a classifier, {name} is a model to {task}"): (
            "boxes are named by a classifier, {name} is a model to {task}"
        ),
        (
            "{name} takes movements over time, not single pictures: run it on a source with "
            "vision-app --source"
        ): ("{name} takes movements over time, not single pictures: run it on a camera or a clip"),
        (
            "{name} is a model to {task}; movements are learnt from hands, body, hands+body or "
            "the embedding of a classifier: vision-app models list --task classify"
        ): (
            "{name} is a model to {task}; movements are learnt from hands, body, hands+body or "
            "the embedding of a classifier"
        ),
        ("{where}: none of its layers is a map of places; vision-app explain --list shows them"): (
            "{where}: none of its layers is a map of places"
        ),
        "vision-app filters list shows all": "the list of filters shows all",
        (
            "{where}: it has no layer '{wanted}', only 1 to {count}{hint}; vision-app explain "
            "--list shows all of them"
        ): ("{where}: it has no layer '{wanted}', only 1 to {count}{hint}"),
        (
            "it was made for TensorRT: {tensorrt} runs nowhere else; export it again without the "
            "suppression inside (--end2end off)"
        ): (
            "it was made for TensorRT: {tensorrt} runs nowhere else; export it again without the "
            "suppression inside"
        ),
        (
            "the screen {display!r} (DISPLAY) does not answer; start it or set DISPLAY, or "
            "without a screen use: vision-app --source S"
        ): ("the screen {display!r} (DISPLAY) does not answer; start it or set DISPLAY"),
        (
            "the desktop needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set; without "
            "one use: vision-app --source S"
        ): ("the desktop needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ("there is no PIN, so nobody can end the kiosk at its screen; vision-app kiosk pin FILE sets one"): (
            "there is no PIN, so nobody can end the kiosk at its screen"
        ),
        ("no such kiosk file: {path}; vision-app kiosk init {path} makes one"): "no such kiosk file: {path}",
        (
            "a hash that 'vision-app kiosk pin' makes, never the PIN itself"
        ): "the hash of a PIN, never the PIN itself",
        (
            "{name} is a model to {task}; the backbone of a classifier is wanted: vision-app "
            "models list --task classify"
        ): ("{name} is a model to {task}; the backbone of a classifier is wanted: choose a classifier"),
        (
            "{name} is a model to {task}: only classifiers can be evaluated on labelled "
            "pictures; vision-app models list --task classify"
        ): (
            "{name} is a model to {task}: only classifiers can be evaluated on labelled "
            "pictures; choose a classifier"
        ),
        (
            "what the frozen layers make of {shape} samples in {shape_1} views needs {size:.0f} "
            "GB on the disk, at most {disk_bytes:.0f} GB are taken: unfreeze fewer blocks, or "
            "take fewer --views"
        ): (
            "what the frozen layers make of {shape} samples in {shape_1} views needs {size:.0f} "
            "GB on the disk, at most {disk_bytes:.0f} GB are taken: unfreeze fewer blocks, or "
            "take fewer views"
        ),
        (
            "{scratch_place}: {size:.1f} GB of activations cannot be kept: {reason}; unfreeze "
            "fewer blocks, or take fewer --views"
        ): (
            "{scratch_place}: {size:.1f} GB of activations cannot be kept: {reason}; unfreeze "
            "fewer blocks, or take fewer views"
        ),
        (
            "the training came apart: the loss was not finite in any of {count} epochs; a lower --lr may help"
        ): (
            "the training came apart: the loss was not finite in any of {count} epochs; a lower "
            "learning rate may help"
        ),
        ("samples {root}: there are no folders train/ and val/ in it, so --part {part} says nothing"): (
            "samples {root}: there are no folders train/ and val/ in it, so the choice {part} says nothing"
        ),
        ("--map {source}={target}: the samples have no class '{source}'; they have {listed}"): (
            "{source} as {target}: the samples have no class '{source}'; they have {listed}"
        ),
        ("--map {source}={target}: {model} has no class '{target}'; it has {listed}"): (
            "{source} as {target}: {model} has no class '{target}'; it has {listed}"
        ),
        ", or take --part all to see them anyway": (", or evaluate on all samples to see them anyway"),
        ('; say which is which with --map "{unmatched}=LABEL" (or "{unmatched}=" to leave it out)'): (
            "; say which class of the model '{unmatched}' is, or leave it out"
        ),
        "--fit must be one of {fits}, got {fit!r}": (
            "how pictures are fitted must be one of {fits}, got {fit!r}"
        ),
        "; choose another --name": "; choose another name",
        ("--unfreeze trains layers of a network on pictures; {name} gives landmarks"): (
            "unfreezing trains layers of a network on pictures; {name} gives landmarks"
        ),
        (
            "{name} has {count} blocks and the first one stays frozen: --unfreeze must be from 1 "
            "to {count_2}, got {unfreeze}"
        ): (
            "{name} has {count} blocks and the first one stays frozen: from 1 to {count_2} can "
            "be unfrozen, got {unfreeze}"
        ),
        ("at most {shown} are allowed; --limit {name}={short} allows it"): "at most {shown} are allowed",
        "; a lower --agreement is another way": "; asking for less agreement is another way",
        ("; ask for a lower --speed, or keep the original"): "; ask for less speed, or keep the original",
        "; lower --speed or --agreement": "; ask for less speed or agreement",
        (
            "; give the new one another name with --name, or replace it with --overwrite"
        ): "; give the new one another name",
        "--crop {text}: expected {crop_forms}": ("part of the picture {text}: expected {crop_forms}"),
        (
            "samples {path}: holds movements only; a model learns from them with: vision-app "
            "train --over-time"
        ): ("samples {path}: holds movements only; a model learns from them over time"),
        ("{what} {source}: which class is it? Name it with --class"): (
            "{what} {source}: which class is it? Bring it into a class, or put it into a folder of that name"
        ),
        ("{what}: its {count} pictures lie in no folder of a class; name their class with --class"): (
            "{what}: its {count} pictures lie in no folder of a class; bring them into a class, "
            "or put them into a folder of its name"
        ),
        ("table {path} counts frames: give their rate with --rate, or a column 'time_s'"): (
            "table {path} counts frames: give it a column 'time_s'"
        ),
        (
            "{name}: nothing of {base} is seen in any of its {count} frames; film it nearer or "
            "in more light, or choose another --base"
        ): (
            "{name}: nothing of {base} is seen in any of its {count} frames; film it nearer or "
            "in more light, or choose another base"
        ),
        (
            "folder {root}: no clips, tables or movements in folders of a class, such as "
            "wave/1.mp4; name the class of all of it with --class"
        ): ("folder {root}: no clips, tables or movements in folders of a class, such as wave/1.mp4"),
        ("{source}: which class is it? Name it with --class"): (
            "{source}: which class is it? Put it into a folder of that name"
        ),
        (
            "clip {path} is longer than {limit:g} s, which is no single movement: give its parts "
            "with --span, mark them in the window, or name its class the idle one"
        ): (
            "clip {path} is longer than {limit:g} s, which is no single movement: open it and "
            "mark its parts, or bring it into the idle class"
        ),
        (
            "table {path}, line {line}: which class is it? Give the table a column 'class', or "
            "name it with --class"
        ): ("table {path}, line {line}: which class is it? Give the table a column 'class'"),
        (
            "samples {folder}: no movements; record some in the window, or bring clips in with: "
            "vision-app samples import --movement"
        ): ("samples {folder}: no movements; record some, or bring clips in"),
        (
            "{box} samples are objects that a detector cut out: run the model on the boxes of "
            "one (--model DETECTOR --classify-boxes NAME), or it will look at whole frames"
        ): (
            "{box} samples are objects that a detector cut out: run a detector and let the model "
            "name its boxes, or it will look at whole frames"
        ),
        (
            "{region} samples show a drawn region and {others} something else: the model will "
            "look at whole frames; teach it on one part of the picture, or name the part when it "
            "runs (--region)"
        ): (
            "{region} samples show a drawn region and {others} something else: the model will "
            "look at whole frames; teach it on one part of the picture, or choose the part when "
            "it runs"
        ),
        (
            "where in the frame the drawn region was is not noted for samples of an older "
            "version: name it when the model runs (--region)"
        ): (
            "where in the frame the drawn region was is not noted for samples of an older "
            "version: choose it when the model runs"
        ),
        (
            "the samples show different regions of the picture: the model will look at whole "
            "frames; teach it on one region, or name the part when it runs (--region)"
        ): (
            "the samples show different regions of the picture: the model will look at whole "
            "frames; teach it on one region, or choose the part when it runs"
        ),
        (
            "{files} of samples {was} not found: put back what was moved away, or run vision-app "
            "samples check"
        ): ("{files} of samples {was} not found: put back what was moved away"),
        ("samples {folder}: no sample store; vision-app samples capture or import makes one"): (
            "samples {folder}: no sample store; taking or importing samples makes one"
        ),
        (
            "samples {folder}: holds other files ({other}...) and is no sample store; give an "
            "empty folder, and bring pictures in with: vision-app samples import"
        ): (
            "samples {folder}: holds other files ({other}...) and is no sample store; choose an "
            "empty folder, and import the pictures into it"
        ),
        (
            "'{name}' is a text, such as a playlist, which can name files and hosts elsewhere; "
            "say --trust if the site is your own"
        ): (
            "'{name}' is a text, such as a playlist, which can name files and hosts elsewhere; a "
            "site that is shown in a window may not have one"
        ),
        (
            "'{name}' lies outside the folder of the site, {folder}: a site file may name only "
            "what is below it. Copy it there, or say --trust if the site file is your own"
        ): (
            "'{name}' lies outside the folder of the site, {folder}: a site file may name only "
            "what is below it. Copy it there"
        ),
        (
            "{source} is a source of a plug-in, which may read anything; say --trust if the site "
            "file is your own"
        ): (
            "{source} is a source of a plug-in, which may read anything; a site that is shown in "
            "a window may not have one"
        ),
        ("no such site file: {path}; vision-app site init {path} makes one"): "no such site file: {path}",
        (
            "{path} exists; choose another name, or --overwrite to replace it"
        ): "{path} exists; choose another name",
        ("no camera has a number as high as {spec}; vision-app cameras lists them"): (
            "no camera has a number as high as {spec}; the list of cameras shows them"
        ),
        ("--flip needs landmarks of hands or bodies; nobody knows how to mirror {features}"): (
            "flipping needs landmarks of hands or bodies; nobody knows how to mirror {features}"
        ),
        ("--over-time must be one of {heads}, got {head!r}"): (
            "the head over time must be one of {heads}, got {head!r}"
        ),
        ("--width of a transformer must be a multiple of {heads}, its attention heads, got {width}"): (
            "the width of a transformer must be a multiple of {heads}, its attention heads, got {width}"
        ),
        (
            "the movements of {root} were recorded for {known}; '{base}' cannot be made of them: "
            "bring the clips in once more with: vision-app samples import --movement --base "
            "{base}"
        ): (
            "the movements of {root} were recorded for {known}; '{base}' cannot be made of them: "
            "bring the clips in once more for {base}"
        ),
    }
)
