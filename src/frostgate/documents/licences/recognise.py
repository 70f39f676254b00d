"""The separate process that reads print in pictures: RapidOCR with the models that come in its own wheel.

It loads its models, gives up what it does not need before it sees the first picture, and then answers one picture after
another until its standard input ends. Whoever started it ends it when nothing was asked for a while: it holds some 650
MB.
"""

import os
import resource
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import msgspec
import numpy as np
import rapidocr
from PIL import Image, ImageDraw, ImageFont, JpegImagePlugin  # noqa: F401 - no module can be opened later
from rapidocr.utils.output import RapidOCROutput

from frostgate.documents.licences.model import Corners, Line
from frostgate.documents.licences.wire import give, take

MEMORY = 3 * 1024**3  # bytes of address space: twice what a page of five megapixels takes, threads and models included
SECONDS = 1800  # of processor time in its whole life: a thousand pictures
LONGEST = 1600  # pixels of a side: what is larger is read scaled down, no worse and in half the time
LARGEST = 16 * 1024**2  # bytes of one picture; ours have a tenth of it
_MODELS = Path(rapidocr.__file__).parent / "models"

_encode = msgspec.msgpack.Encoder().encode


def reader() -> Callable[[bytes], list[Line]]:
    """What reads a picture. Its models are named one by one, so that the library looks for none elsewhere."""
    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST,
            **{f"{part.capitalize()}.model_path": _model(part) for part in ("det", "cls", "rec")},
            **{threads.format(part): 1 for part in ("intra", "inter")},  # decisions come first
        }
    )

    def read(body: bytes) -> list[Line]:
        found = engine(np.asarray(Image.open(BytesIO(body), formats=["JPEG"]).convert("RGB"))[:, :, ::-1])
        if not isinstance(found, RapidOCROutput) or found.boxes is None:  # there is no print in it
            return []
        return [
            Line(words=words, confidence=float(score), corners=_corners(box))
            for box, words, score in zip(found.boxes, found.txts or (), found.scores or (), strict=True)
        ]

    return read


def _corners(box: np.ndarray) -> Corners:
    one, two, three, four = ((float(x), float(y)) for x, y in box)
    return one, two, three, four


def _model(part: str) -> str:
    found = sorted(_MODELS.glob(f"*_{part}_*.onnx"))
    if len(found) != 1:
        sys.exit(f"rapidocr brings {len(found)} models for {part}; one was expected")
    return str(found[0])


def warm_up(read: Callable[[bytes], list[Line]]) -> None:
    """Read a word of our own, so that everything is loaded while files can still be opened."""
    page, body = Image.new("RGB", (480, 160), "white"), BytesIO()
    ImageDraw.Draw(page).text((40, 50), "Frostgate", fill="black", font=ImageFont.load_default(48))
    page.save(body, "JPEG")
    if not read(body.getvalue()):
        sys.exit("the models do not read a plain word")


def give_up_rights() -> None:
    """No files and sockets beyond the three streams, no core with a stranger's papers, a share of memory and time."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Load, give up rights, and answer until nobody asks any more."""
    os.nice(10)  # before the models start their threads
    cv2.setNumThreads(1)
    read = reader()
    warm_up(read)
    give_up_rights()
    while (body := take(sys.stdin.buffer, LARGEST)) is not None:
        give(sys.stdout.buffer, _encode(read(body)))


if __name__ == "__main__":
    main()
