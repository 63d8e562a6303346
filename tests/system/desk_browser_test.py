#!/usr/bin/env python3
"""The desk in a real browser: every page at two widths, without a violation of its policy and without sideways scroll;
screenshots are left in build/desk-shots (or the folder in ARRIVALD_SHOTS). Needs Debian's chromium, chromium-driver and
python3-selenium; without them it is skipped, loudly.

usage: desk_browser_test.py ARRIVALD
"""
import base64
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
# Of the demo.
PASSWORD = "arrivald-demo"
DEBIAN_PYTHON = "/usr/bin/python3"

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    # A python3 earlier in PATH may not see Debian's modules.
    if sys.executable != DEBIAN_PYTHON and Path(DEBIAN_PYTHON).exists() and not os.environ.get("ARRIVALD_PYTHON"):
        os.environ["ARRIVALD_PYTHON"] = DEBIAN_PYTHON
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
    print("SKIPPED: python3-selenium is not installed, so no browser has seen the desk")
    sys.exit(SKIPPED)

if not Path("/usr/bin/chromedriver").exists() or not Path("/usr/bin/chromium").exists():
    print("SKIPPED: chromium or chromium-driver is not installed, so no browser has seen the desk")
    sys.exit(SKIPPED)

PAGES = [("list", "/"), ("list-month", "/?period=month"), ("list-blocks", "/?list=blocks"), ("groups", "/groups"),
         ("followup", "/releases"), ("record", "/audit")]
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}


def browser(width, height, script=True):
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=ja", f"--window-size={width},{height}"]:
        options.add_argument(argument)
    # Dates as the people of the desk see them; needs chromium-l10n.
    os.environ["LANGUAGE"] = "ja"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    # A window cannot be narrower than some 500 pixels, a device can.
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
    return driver


def log_in(driver, url, user="ops-1"):
    driver.get(url + "/login")
    driver.find_element(By.ID, "u").send_keys(user)
    driver.find_element(By.ID, "p").send_keys(PASSWORD)
    driver.find_element(By.CSS_SELECTOR, "main form button").click()
    wait_for(lambda: "/login" not in driver.current_url, "the log-in leads nowhere: " + driver.current_url)


def wait_for(reached, otherwise, seconds=20):
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            sys.exit(otherwise)
        time.sleep(0.1)


def press(driver, element):
    # The bar at the bottom may lie over what is at the edge.
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def shot(driver, folder, name):
    size = driver.execute_script("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], 2600), "scale": 1}})
    (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))


class Desk:
    """The demo with a desk; its configuration is the demo's own."""

    def __init__(self, arrivald, folder):
        self.log = open(folder / "demo.log", "w+")
        command = [arrivald, "demo", "--lang", "ja", "--until-interrupted", "--speed", "60"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        self.url = self.wait_for_url()

    def wait_for_url(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.log.flush()
            for line in Path(self.log.name).read_text(errors="replace").splitlines():
                for word in line.split():
                    if word.startswith("http://") and "desk" in line.lower():
                        return word.rstrip("/.")
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        sys.exit("the demo did not say where its desk is:\n" + Path(self.log.name).read_text(errors="replace")[-3000:])

    def end(self):
        self.process.terminate()
        self.process.wait(20)


def check_page(driver, name, mistakes):
    for entry in driver.get_log("browser"):
        # Chromium logs what a page asks for and does not get.
        if "Content Security Policy" in entry["message"] or entry["level"] == "SEVERE":
            mistakes.append(f"{name}: {entry['message']}")
    over = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        mistakes.append(f"{name}: scrolls sideways by {over} pixels")
    if len(driver.find_elements(By.TAG_NAME, "h1")) != 1:
        mistakes.append(f"{name}: has not one h1")


def first_rows(driver, mistakes):
    rows = driver.find_elements(By.CSS_SELECTOR, "table.cards tbody tr")
    if not rows:
        mistakes.append("list: no rows")
        return
    top = rows[0].location["y"]
    if top > 470:
        mistakes.append(f"list: the first row begins at {top} pixels, below the fold of five rows")


def look(arrivald, folder, mistakes):
    with tempfile.TemporaryDirectory() as temporary:
        desk = Desk(arrivald, Path(temporary))
        try:
            for width_name, (width, height) in WIDTHS.items():
                driver = browser(width, height)
                try:
                    driver.get(desk.url + "/login")
                    shot(driver, folder, f"login-{width_name}")
                    log_in(driver, desk.url)
                    visit(driver, desk.url, folder, width_name, mistakes)
                finally:
                    driver.quit()
        finally:
            desk.end()


def visit(driver, url, folder, width_name, mistakes):
    wait_for(lambda: (driver.get(url + "/?period=month"), driver.find_elements(By.CSS_SELECTOR, "table.cards tbody tr"))[1],
             "the list stays empty", 90)
    for name, path in PAGES:
        driver.get(url + path)
        check_page(driver, f"{name}-{width_name}", mistakes)
        shot(driver, folder, f"{name}-{width_name}")
        if name == "list" and width_name == "wide":
            first_rows(driver, mistakes)
    driver.get(url + "/?period=month")
    press(driver, driver.find_element(By.CSS_SELECTOR, "a.addr"))
    check_page(driver, f"address-{width_name}", mistakes)
    shot(driver, folder, f"address-{width_name}")
    driver.get(url + "/groups")
    links = driver.find_elements(By.CSS_SELECTOR, "table.cards tbody a")
    if links:
        press(driver, links[0])
        check_page(driver, f"group-{width_name}", mistakes)
        shot(driver, folder, f"group-{width_name}")
    release(driver, url, folder, width_name, mistakes)


def release(driver, url, folder, width_name, mistakes):
    # Rows of two kinds: those that may be released once something is confirmed, and others.
    for query, count in (("list=bounces&side=theirs", 2), ("list=blocks", 1), ("side=wrong_address", 1)):
        driver.get(f"{url}/?period=month&{query}")
        tick(driver, count)
    if not driver.find_elements(By.CSS_SELECTOR, ".bar .primary"):
        mistakes.append("list: nothing can be ticked")
        return
    shot(driver, folder, f"list-ticked-{width_name}")
    driver.find_element(By.CSS_SELECTOR, ".bar .primary").click()
    check_page(driver, f"release-{width_name}", mistakes)
    shot(driver, folder, f"release-{width_name}")
    press(driver, way_on(driver))
    check_no_reason(driver, width_name, mistakes)
    shot(driver, folder, f"release-error-{width_name}")
    decide(driver, url, folder, width_name, mistakes)


def tick(driver, count):
    for box in driver.find_elements(By.CSS_SELECTOR, 'input[name="entry"]:not(:checked)')[:count]:
        press(driver, box)
    # What is left unsaved is saved with the next button.
    save = driver.find_elements(By.CSS_SELECTOR, ".bar .primary")
    if save:
        driver.execute_script("return fetch('/selection', {method: 'POST', body: new URLSearchParams(new FormData("
                              "document.getElementById('rows')))}).then(() => 1)")


def way_on(driver):
    """What follows the advice, where anything does; else everything, which a number must be typed for."""
    advised = driver.find_elements(By.CSS_SELECTOR, 'button[value="advised"]')
    return advised[0] if advised else driver.find_element(By.CSS_SELECTOR, 'button[value="all"]')


def decide(driver, url, folder, width_name, mistakes):
    for box in driver.find_elements(By.CSS_SELECTOR, 'input[name="said"], input[name="why"][value="they_told_us"]'):
        if not box.is_selected():
            press(driver, box)
    number = driver.find_elements(By.ID, "n")
    if number:
        number[0].clear()
        number[0].send_keys(driver.find_element(By.NAME, "count").get_attribute("value"))
    press(driver, way_on(driver))
    wait_for(lambda: driver.find_elements(By.CSS_SELECTOR, "tr[data-row]"), "the decision shows no released row")
    check_page(driver, f"result-{width_name}", mistakes)
    shot(driver, folder, f"result-{width_name}")
    released = {link.get_attribute("href") for link in driver.find_elements(By.CSS_SELECTOR, "tr[data-row] a.addr")}
    wait_for(lambda: (driver.get(url + "/releases"), not driver.find_elements(By.CSS_SELECTOR, "table[data-live]"))[1],
             "the release does not end")
    driver.get(url + "/?period=month")
    for link in driver.find_elements(By.CSS_SELECTOR, "a.addr"):
        if link.get_attribute("href") in released:
            mistakes.append(f"list-{width_name}: still shows the released {link.text}")
    driver.get(url + "/releases")
    check_page(driver, f"followup-released-{width_name}", mistakes)
    shot(driver, folder, f"followup-released-{width_name}")


def check_no_reason(driver, width_name, mistakes):
    deadline = time.monotonic() + 10
    while not driver.find_elements(By.CSS_SELECTOR, '[role="alert"]') and time.monotonic() < deadline:
        time.sleep(0.1)
    if not driver.find_elements(By.CSS_SELECTOR, '[role="alert"]'):
        mistakes.append(f"release-{width_name}: nothing is said of a missing reason")
    # The answer is an error page on purpose.
    driver.get_log("browser")


def main():
    arrivald = sys.argv[1]
    folder = Path(os.environ.get("ARRIVALD_SHOTS", Path(arrivald).resolve().parents[1] / "desk-shots"))
    folder.mkdir(parents=True, exist_ok=True)
    mistakes = []
    look(arrivald, folder, mistakes)
    for mistake in mistakes:
        print(mistake)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
