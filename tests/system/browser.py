"""Chromium, the demo's desk, and what tests of pages share. Importing it runs the test with Debian's own interpreter, or
ends it as skipped, loudly, where there is no browser to drive.
"""
import base64
import http.client
import os
import shutil
import subprocess
import sys
import tarfile
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


def browser(width, height, script=True, dark=False, downloads=None):
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=ja", f"--window-size={width},{height}"]:
        options.add_argument(argument)
    # Dates as the people of the desk see them; needs chromium-l10n.
    os.environ["LANGUAGE"] = "ja"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    preferences = {"intl.accept_languages": "ja"}
    if not script:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    if downloads:
        preferences["download.default_directory"] = str(downloads)
    options.add_experimental_option("prefs", preferences)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    # A window cannot be narrower than some 500 pixels, a device can.
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
    if dark:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                               {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
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
            raise AssertionError(otherwise)
        time.sleep(0.1)


def press(driver, element):
    # The bar at the bottom may lie over what is at the edge.
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def shot(driver, folder, name, height=2600, scale=1):
    size = driver.execute_script("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], height), "scale": scale}})
    (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))


AXE = "axe-core@4.14.1"


def axe_source(arrivald):
    """The script of axe-core, kept in the build folder; None where it cannot be had."""
    folder = Path(arrivald).resolve().parents[1] / "axe"
    script = folder / "package/axe.min.js"
    if not script.exists() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        # No script of the package runs, and it depends on nothing.
        command = ["npm", "pack", AXE, "--ignore-scripts", "--silent", "--fetch-retries=0"]
        try:
            packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30)
        except subprocess.TimeoutExpired:
            return None
        if packed.returncode == 0:
            with tarfile.open(folder / packed.stdout.split()[-1]) as package:
                package.extract("package/axe.min.js", folder)
    return script.read_text() if script.exists() else None


def shots_folder(arrivald):
    folder = Path(os.environ.get("ARRIVALD_SHOTS", Path(arrivald).resolve().parents[1] / "desk-shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Desk:
    """The demo with a desk; its configuration is the demo's own."""

    def __init__(self, arrivald, folder, speed=60):
        self.log = open(folder / "demo.log", "w+")
        command = [arrivald, "demo", "--lang", "ja", "--until-interrupted", "--speed", str(speed)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        self.url = self.wait_for_url("desk")
        self.page = self.wait_for_url("画面")

    def said(self):
        return Path(self.log.name).read_text(errors="replace")

    def wait_for_url(self, label):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.said().splitlines():
                for word in line.split():
                    if word.startswith("http://") and label in line:
                        return word.rstrip("/.")
            time.sleep(0.2)
        raise AssertionError("the demo did not say where its desk is:\n" + self.said()[-3000:])

    def wait_until_read(self, seconds=150):
        """The first crawl of all lists takes some seconds, in a build without optimisation a minute."""
        def is_read():
            connection = http.client.HTTPConnection(self.page.removeprefix("http://"), timeout=20)
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
            # The last list of a crawl.
            return 'arrivald_suppression_list_entries{account="machi",list="group_unsubscribes"}' in text
        wait_for(is_read, "the lists are not read", seconds)

    def end(self):
        self.process.terminate()
        self.process.wait(20)
