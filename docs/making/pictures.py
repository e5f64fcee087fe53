"""Take the pictures of the workbench that the pages show: run by `make pictures`, in Debian's Chromium.

Everything is done as a person does it, from a folder that a form makes to a rule of a sentence, so that no picture
shows what the workbench does not do.
"""

import shutil
import sys
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.web.workbench_for_tests import served

from payrule.source.files import temporary_folder
from payrule.web.site import Site

PICTURES = Path(__file__).parents[1] / "pictures"
DAY = date(2026, 11, 29)
WIDTH, HEIGHT = 1240, 860

SOURCE = """<h1>Massage therapy payment policy</h1>
<p>This policy applies to every plan of Some Payer from January 1, 2027.</p>
<h2>2.1 Units</h2>
<p>Massage of two units or more on one day is not paid, and the member owes nothing for them.</p>
<h2>2.2 Visits</h2>
<p>No more than 12 visits in 90 days are paid, whatever the diagnosis.</p>
"""

SHEET = """claim #,cpt,dx 1,pos,qty,svc date,billed,our note
7,97110,M5450,11,1,1/15/2016,$45.00,Ann
7,97124,M5450,11,1,1/15/2016,$30.00,Ann
8,97140,M5450,11,1,1/16/2016,$32.00,Ben
9,98941,M9903,11,1,1/18/2016,$55.00,Ben
9,97140,M9903,11,two,1/18/2016,$32.00,Ben
"""

TYPED = {
    "locator": "2.2 Visits",
    "id": "twelve-visits",
    "summary": "No more than 12 visits in 90 days.",
    "when.1.value": "97124 97140",
    "limit.1.most": "12",
    "limit.1.length": "90",
}
CHOSEN = {
    "when.1.attribute": "line.code",
    "when.1.test": "in",
    "limit.1.kind": "count",
    "limit.1.of": "dates",
    "limit.1.window": "days",
    "result": "benefit:excluded",
    "liability": "provider",
}


def taken(page: Page, name: str, top: str | None = None) -> None:
    """Take a picture of what is seen, from an element on where one is named."""
    page.evaluate("place => place ? document.querySelector(place).scrollIntoView() : scrollTo(0, 0)", top)
    page.screenshot(path=PICTURES / f"{name}.png")


def run_a_spreadsheet(page: Page, home: str, folder: Path) -> None:
    """Show a sheet with the person's own headings, and the answers at its rows."""
    sheet = folder / "january.csv"
    sheet.write_text(SHEET)
    page.goto(f"{home}/files")
    page.get_by_label("File").set_input_files(sheet)
    page.get_by_label("Payer").select_option("blue-cross")
    page.get_by_role("button", name="Decide").click()
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("denied").first.wait_for()
    taken(page, "run-a-spreadsheet", ".sideways")


def try_a_claim(page: Page, home: str, _: Path) -> None:
    """Show a claim in a form, and its answer next to it."""
    page.goto(f"{home}/try")
    page.get_by_label("payer", exact=True).select_option("medicare-part-b")
    line = page.get_by_role("group", name="Line 1", exact=True)
    for label, typed in (("date", "2016-03-01"), ("code", "97124"), ("charge ($)", "$45.00")):
        line.get_by_label(label, exact=True).fill(typed)
    line.get_by_label("provider type").select_option("chiropractor")
    page.get_by_role("region", name="Answer").get_by_text("PR-96").first.wait_for()
    taken(page, "try-a-claim")


def a_rule_of_a_sentence(page: Page, home: str, folder: Path) -> None:
    """Make a folder by a form, show a sentence of its source, and the rule that is made of it."""
    source = folder / "massage-policy.html"
    source.write_text(SOURCE)
    page.goto(f"{home}/new")
    for control, typed in (("folder", "my-rules"), ("title", "Massage therapy"), ("issuer", "Some Payer")):
        page.fill(f"#{control}", typed)
    page.set_input_files("#source", source)
    page.get_by_role("button", name="Make the folder").click()
    page.get_by_role("heading", name="2.2 Visits").wait_for()
    taken(page, "a-source")
    page.get_by_role("link", name="Make a rule").last.click()
    page.locator("summary", has_text="A limit").first.click()
    for control, value in CHOSEN.items():
        page.locator(f"[id='{control}']").select_option(value)
    for control, typed in TYPED.items():
        page.locator(f"[id='{control}']").fill(typed)
    page.get_by_text("The answer is based on `twelve-visits`.").wait_for()
    taken(page, "a-limit-of-visits", "fieldset:nth-of-type(3)")


def what_changes(page: Page, home: str, _: Path) -> None:
    """Show two versions, with the kinds of change."""
    page.goto(f"{home}/changes")
    page.select_option("#old", "ncci@1.0.0")
    page.select_option("#new", "ncci@1.1.0")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="What changes in answers").wait_for(timeout=120_000)
    taken(page, "what-changes")


def main() -> int:
    """Take every picture."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        sys.stderr.write("there is no Chromium here: install it with `apt-get install chromium`\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with (
        temporary_folder() as folder,
        Site(None, home=folder, today=lambda: DAY) as site,
        served(site) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(address)
        home = page.url.rstrip("/")
        for task in (run_a_spreadsheet, try_a_claim, what_changes, a_rule_of_a_sentence):
            task(page, home, folder)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
