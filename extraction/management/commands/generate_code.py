"""`generate_code`: code from a flow file, and its proof."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from extraction.codegen import FRAMEWORKS, Code, Refusal, companions, generate, onnx_model
from extraction.flow.model import Flow, FlowError, load
from extraction.proof import prove


class Command(BaseCommand):
    help = (
        "Write Keras, Caffe or PyTorch code for a flow, or an ONNX model. With --verify it is run in a limited "
        "process, too, and a JSON line says what came of it; the exit status is 1 where the code is refused or not "
        "verified."
    )

    requires_system_checks = ()  # neither the database nor the site is needed

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("flow", type=Path, metavar="FLOW.json", help="the flow")
        parser.add_argument("--framework", required=True, choices=(*FRAMEWORKS, "onnx"))
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the source here instead of on stdout")
        parser.add_argument(
            "--verify",
            action="store_true",
            help="run it: build, forward, one training step, and the same weights in another framework",
        )
        parser.add_argument(
            "--companions",
            action="store_true",
            help="write beside --out, too: a notebook, or for Caffe the net to train with and its solver",
        )
        parser.add_argument("--citation", default="", help="of the paper, for the head of the file")

    def handle(self, *args: Any, **options: Any) -> None:
        path, framework, out = options["flow"], options["framework"], options["out"]
        if options["companions"] and out is None:
            raise CommandError("--companions needs --out: they are written beside it")
        if framework == "onnx" and out is None:
            raise CommandError("an ONNX model is no text: it needs --out")
        if framework == "onnx" and options["companions"]:
            raise CommandError("nothing goes with an ONNX model: it is asked for without --companions")
        try:
            flow = load(path)
        except FlowError as error:
            raise CommandError(f"{path}: {error}") from error
        except OSError as error:
            raise CommandError(f"{path}: can't be read ({error.strerror})") from error
        try:
            if framework == "onnx":
                code = onnx_model(flow, citation=options["citation"])
            else:
                code = generate(flow, framework, citation=options["citation"])
        except Refusal as refusal:
            if options["verify"]:
                self._line(framework, ok=False, error=str(refusal))
            raise CommandError(f"{path}: {framework} code is refused: {refusal}") from refusal
        if out is None:
            self.stdout.write(code.source, ending="")
        else:
            files: dict[str, str | bytes] = {out.name: code.data or code.source}
            if options["companions"]:
                files |= companions(flow, framework, citation=options["citation"])
            for name, text in files.items():
                try:
                    out.parent.mkdir(parents=True, exist_ok=True)
                    out.with_name(name).write_bytes(text if isinstance(text, bytes) else text.encode())
                except OSError as error:
                    raise CommandError(f"{out.with_name(name)}: can't be written ({error.strerror})") from error
        for assumption in code.assumptions:
            self.stderr.write(f"assumed: `{assumption.layer}` {assumption.parameter}: {assumption.reason}")
        if not options["verify"]:
            return
        self.stderr.write("verifying …")
        proof = prove(code, self._beside(flow, framework))
        self.stdout.write(json.dumps(proof.to_dict(), ensure_ascii=False))
        if not proof.ok:
            raise CommandError(f"{path}: not verified: {proof.error}")

    def _beside(self, flow: Flow, framework: str) -> Code | None:
        """Code to compare with: Keras's, or for Keras PyTorch's; `None` where that is refused."""
        try:
            return generate(flow, "pytorch" if framework == "keras" else "keras")
        except Refusal as refusal:
            self.stderr.write(f"its numbers are not compared: {refusal}")
            return None

    def _line(self, framework: str, *, ok: bool, error: str) -> None:
        """The JSON line of code that there is none of."""
        line = {"framework": framework, "ok": ok, "parameters": None, "output_shapes": {}, "seconds": 0, "error": error}
        self.stdout.write(json.dumps(line, ensure_ascii=False))
