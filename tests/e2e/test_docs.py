"""What the documentation says is so: its commands run, its reference is the program's, its site builds without a warning."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xharness
from documents import Session, blocks_of, check_command, execute, keep, matches
from tiny_xtreme import NLI, sentence, write_xtreme

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
# Pages that another test runs, block by block.
ELSEWHERE = {"plugins.md": "test_tutorial.py", "hooks.md": "test_hooks.py"}
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
RUN_HERE = [page for page in PAGES if page.name not in ELSEWHERE]


def write_mnli(folder: Path) -> None:
    """Writes a made-up MNLI in the form of its original files."""
    rng = random.Random(3)
    (folder / "mnli").mkdir(parents=True)
    for name, rows in (("train", 24), ("dev_matched", 8), ("dev_mismatched", 8)):
        pairs = [
            {
                "gold_label": NLI[row % 3],
                "pairID": f"{row}",
                "promptID": f"{row}",
                "sentence1": sentence(rng),
                "sentence2": sentence(rng),
            }
            for row in range(rows)
        ]
        text = "".join(f"{json.dumps(pair)}\n" for pair in pairs)
        (folder / "mnli" / f"multinli_1.0_{name}.jsonl").write_text(text, encoding="utf-8")


# ---- what the documentation's commands find in their folder --------------------------------------------------------


@pytest.fixture(scope="session")
def documented_world(  # noqa: PLR0917  # pytest passes fixtures by name
    checkpoint_set: Path,
    xlmr_qa: Path,
    xlmr_nli: Path,
    bert_nli: Path,
    bert_unnamed: Path,
    bert_encoder: Path,
    bert_masked_lm: Path,
    sentence_folder: Path,
    lora_nli: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with everything that pages name: made-up data, a checkpoint of every form, runs of trained sets."""
    world = tmp_path_factory.mktemp("documented")
    write_xtreme(world, n=4)
    write_mnli(world / "stilts")
    copies = {
        "my-checkpoint-set": checkpoint_set,
        "my-checkpoint-set/tydiqa": xlmr_qa,
        "my-xnli-model": bert_nli,
        "my-other-xnli-model": xlmr_nli,
        "my-unnamed-model": bert_unnamed,
        "my-encoder": bert_encoder,
        "xlm-roberta-base": bert_masked_lm,
        "my-sentence-encoder": sentence_folder,
        "my-adapter": lora_nli,
        "base": lora_nli.parent / "base",
    }
    for name, source in copies.items():
        shutil.copytree(source, world / name)
    evaluate = "eval xlm-roberta-base --train direct --train stilts-mnli --seed 1 --seed 2 --data xtreme --tasks xnli"
    code, said = execute(
        f"xharness {evaluate} --languages de,sw --train-data stilts --out made --checkpoints sets", world
    )
    assert code == 0, said
    for made in (world / "made").iterdir():
        recipe, seed = re.search(r"(direct|stilts-mnli)-(seed\d)", made.name).groups()
        shutil.copytree(made, world / "runs" / f"{recipe.removeprefix('stilts-')}-{seed}")
    shutil.rmtree(world / "made")
    return world


@pytest.fixture
def page_folder(documented_world: Path, tmp_path: Path) -> Path:
    """A page's own copy of that folder."""
    shutil.copytree(documented_world, tmp_path / "page")
    return tmp_path / "page"


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN_HERE, ids=lambda page: page.name)
def test_page_keeps_its_promises(page, page_folder):
    """Every block of the page runs, in order, or is marked with the reason why not, and then names only what exists."""
    session = Session(folder=page_folder)
    for block in blocks_of(page):
        keep(block, session)


def test_pages_run_elsewhere_are_run_elsewhere():
    """The pages that are left out above have a test of their own that names them."""
    for name, test in ELSEWHERE.items():
        found = [*(REPOSITORY / "tests").rglob(test)]
        assert found, test
        assert any(name in path.read_text(encoding="utf-8") for path in found), f"{test} does not name {name}"


def test_unmarked_blocks_are_refused(tmp_path):
    """A block that neither runs nor says why not is an error that names page and line."""
    page = tmp_path / "page.md"
    for fence, fails in {"text": True, "": True, "markdown": True, "sh": False, "python": False}.items():
        page.write_text(f"# Page\n\n```{fence}\nx = 1\n```\n", encoding="utf-8")
        with pytest.raises(AssertionError, match=r"page\.md line 3") if fails else contextlib.nullcontext():
            blocks_of(page)
    page.write_text("<!-- shown: a folder -->\n```text\na/\n```\n", encoding="utf-8")
    assert blocks_of(page)[0].reason == "a folder"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("xharness evil", "no command 'evil'"),
        ("xharness eval model --dat xtreme", "--dat"),
        ("xharness eval", "[Mm]issing"),
        ("xharness leaderboard ad run", "no command 'ad'"),
        ("python -m xharness show one two", "unexpected extra argument"),
        ("make coffee", "make coffee"),
        ("frobnicate", "a program"),
    ],
)
def test_commands_that_do_not_exist_are_found(text, said):
    """A command, flag, argument or target that does not exist is found without running anything."""
    with pytest.raises(AssertionError, match=said):
        check_command(text, "page.md line 1")


def test_output_is_compared():
    """What a page shows must be what is printed, in order; only marked places are free."""
    assert matches("a … d\n e", "a b c d e")
    assert matches("…\nError: …", "noise\nError: x")
    assert not matches("a … d", "a b c d e")
    assert not matches("b … a", "a b")
    assert not matches("a b", "a c b")


@pytest.mark.slow
def test_failing_page_is_found(page_folder, tmp_path):
    """A page whose command fails, or prints something else, does not pass."""
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nxharness tasks no-such-task\n```\n\n```console\n$ xharness recipes direct\nnot this\n```\n",
        encoding="utf-8",
    )
    failing, other = blocks_of(page)
    with pytest.raises(AssertionError, match="ended with 2"):
        keep(failing, Session(folder=page_folder))
    with pytest.raises(AssertionError, match="where the page has"):
        keep(other, Session(folder=page_folder))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_flags_in_the_text_exist(page):
    """Every flag that the page's text names is a flag of some command, or of one of the other programs named there."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    named = {flag for code in re.findall(r"`([^`]+)`", text) for flag in re.findall(r"(?<![\w-])--[a-z][a-z_-]+", code)}
    assert named <= flags() | {"--help", "--pool_type"}, named - flags()


def flags() -> set[str]:
    """Returns every flag of every command."""
    import typer
    from xharness.cli.app import app

    commands = [typer.main.get_command(app)]
    for command in commands:
        commands += getattr(command, "commands", {}).values()
    return {flag for command in commands for one in command.params for flag in [*one.opts, *one.secondary_opts]}


def test_command_reference_is_the_programs():
    """docs/commands.md is what docs/site/commands.py makes from the program as it is now."""
    source = DOCS / "site" / "commands.py"
    spec = importlib.util.spec_from_file_location("commands_page", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == module.page(), (
        f"run: python {source.relative_to(REPOSITORY)}"
    )


def test_every_page_is_in_the_navigation():
    """The site's navigation names every page, and no other."""
    named = re.findall(r"[\w-]+\.md$", (DOCS / "site" / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))


def test_links_between_files_lead_somewhere():
    """Every relative link of README, CONTRIBUTING and the pages leads to a file that is there."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.slow
def test_site_builds_without_a_warning(tmp_path):
    """The site is built strictly, with links and anchors checked, and loads nothing from elsewhere."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        [*command, "--config-file", str(DOCS / "site" / "mkdocs.yml")],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        fetched = re.findall(
            r"<(?:script|img|link)[^>]*(?:src|href)=\"?((?:https?:)?//[^\"> ]+)", page.read_text(encoding="utf-8")
        )
        assert not fetched, f"{page.name} loads {fetched}"


def test_worked_example_has_the_boards_figures():
    """The comparison that docs/reading.md explains has the scores of the board it was taken from."""
    board = (REPOSITORY / "leaderboards" / "minilm.md").read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(): line
        for line in board.partition("### TyDiQA")[2].partition("###")[0].splitlines()
        if line.startswith("|")
    }
    scores = {
        name: re.findall(r"\d+\.\d", rows[name].partition("±")[2])[1:] for name in ("after MNLI", "direct fine-tuning")
    }
    languages = rows["system"].replace(" ", "").split("|")[3:-1]
    text = (DOCS / "reading.md").read_text(encoding="utf-8")
    for language, after, before in zip(languages, *scores.values(), strict=True):
        assert re.search(rf"^tydiqa/{language} +{after} +{before} ", text, re.MULTILINE), language


def test_citation_names_the_version():
    """CITATION.cff parses, and has the package's version and licence."""
    import yaml

    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == xharness.__version__
    assert citation["license"] == "Apache-2.0"
    assert citation["authors"] == [{"name": "The xharness contributors"}]
