#!/usr/bin/env python3
"""The desk in a real browser: every page at two widths, light and dark, without a violation of its policy, without sideways
scroll, and without a finding of axe-core (which needs npm; without it our own checks are left, and that is said);
screenshots are left in build/desk-shots (or the folder in ARRIVALD_SHOTS). Needs Debian's chromium, chromium-driver and
python3-selenium; without them it is skipped, loudly.

usage: desk_browser_test.py ARRIVALD [LOOK...]     LOOK: wide, dark, phone, phone-dark
"""
import sys
import tempfile
import time
from pathlib import Path

from browser import By, Desk, axe_source, browser, log_in, press, shot, shots_folder, wait_for

PAGES = [("list", "/"), ("list-month", "/?period=month"), ("list-blocks", "/?list=blocks"), ("groups", "/groups"),
         ("followup", "/releases"), ("record", "/audit")]
LOOKS = {"wide": (1280, 900, False), "dark": (1280, 900, True), "phone": (390, 844, False), "phone-dark": (390, 844, True)}
NARROWEST = 320
AXE = None  # its script, if there is one
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What is shown smaller than 14 px, and what is smaller than 24 px and not a link within a sentence.
SMALL = """
const bad = [];
const seen = (e) => { const b = e.getBoundingClientRect(); return b.width > 2 && b.height > 2 && e.checkVisibility(); };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !seen(e) || e.closest(".sr, script, noscript, option")) continue;
  const scale = e.ownerSVGElement ? e.getScreenCTM().a : 1;
  const size = parseFloat(getComputedStyle(e).fontSize) * scale;
  if (size < 13.9) bad.push(`text of ${size.toFixed(1)} px: ${walker.currentNode.data.trim().slice(0, 30)}`);
}
for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
  const box = (e.closest("label") ?? e).getBoundingClientRect();
  const inline = getComputedStyle(e).display === "inline" && e.parentElement.textContent.trim() !== e.textContent.trim();
  if (seen(e) && !inline && !e.closest(".sr, .skip") && Math.min(box.width, box.height) < 24)
    bad.push(`target of ${box.width.toFixed(0)} x ${box.height.toFixed(0)} px: ${e.outerHTML.slice(0, 80)}`);
}
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) bad.push(`id twice: ${id}`);
return [...new Set(bad)].slice(0, 8);
"""


# By how much a page is wider than its window, also with everything that can be opened.
OVER = """
const closed = [...document.querySelectorAll("main details:not([open])")];
for (const e of closed) e.open = true;
const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
for (const e of closed) e.open = false;
return over;
"""


def check_page(driver, name, mistakes):
    for entry in driver.get_log("browser"):
        # Chromium logs what a page asks for and does not get.
        if "Content Security Policy" in entry["message"] or entry["level"] == "SEVERE":
            mistakes.append(f"{name}: {entry['message']}")
    over = driver.execute_script(OVER)
    if over > 0:
        mistakes.append(f"{name}: scrolls sideways by {over} pixels")
    if len(driver.find_elements(By.TAG_NAME, "h1")) != 1:
        mistakes.append(f"{name}: has not one h1")
    mistakes += [f"{name}: {bad}" for bad in driver.execute_script(SMALL)]
    if AXE:
        check_by_axe(driver, name, mistakes)


def check_by_axe(driver, name, mistakes):
    driver.execute_script(AXE)
    found = driver.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then("
        "r => done(r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary])),"
        " e => done([['axe', 0, String(e), '']]))", AXE_TAGS)
    # The watch's page is there to be current: without a refresh it would be of no use.
    mistakes += [f"{name}: axe: {rule} ({count}): {html} {why}" for rule, count, html, why in found
                 if not (rule == "meta-refresh" and name.startswith("watch"))]


def check_narrowest(driver, name, mistakes):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": NARROWEST, "height": 700, "deviceScaleFactor": 1, "mobile": True})
    over = driver.execute_script(OVER)
    if over > 0:
        mistakes.append(f"{name}: at {NARROWEST} pixels it scrolls sideways by {over}")
    width, height, _ = LOOKS["phone"]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True})


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
            desk.wait_until_read()
            for width_name, (width, height, dark) in LOOKS.items():
                if sys.argv[2:] and width_name not in sys.argv[2:]:
                    continue
                driver = browser(width, height, dark=dark)
                driver.set_script_timeout(60)
                try:
                    driver.get(desk.url + "/login")
                    check_page(driver, f"login-{width_name}", mistakes)
                    shot(driver, folder, f"login-{width_name}")
                    log_in(driver, desk.url)
                    visit(driver, desk.url, folder, width_name, mistakes)
                    driver.get(desk.page)
                    check_page(driver, f"watch-{width_name}", mistakes)
                    shot(driver, folder, f"watch-{width_name}")
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
        if width_name == "phone":
            check_narrowest(driver, name, mistakes)
        if name == "list" and width_name == "wide":
            first_rows(driver, mistakes)
    if width_name == "wide":
        driver.get(url + "/?period=yesterday")
        shot(driver, folder, "readme-list", 860, 0.8)
    driver.get(url + "/?period=month")
    press(driver, driver.find_element(By.CSS_SELECTOR, 'a[href^="/addresses/"]'))
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
    # Rows of all kinds.
    for query, count in (("list=bounces&cause=network_system&domain=town.aoba.example.lg.jp", 2), ("list=bounces&cause=mailbox_full", 2), ("list=blocks", 1), ("side=wrong_address", 1)):
        driver.get(f"{url}/?period=month&{query}")
        tick(driver, count)
    if not driver.find_elements(By.CSS_SELECTOR, ".bar .primary"):
        mistakes.append("list: nothing can be ticked")
        return
    shot(driver, folder, f"list-ticked-{width_name}")
    driver.find_element(By.CSS_SELECTOR, ".bar .primary").click()
    wait_for(lambda: driver.find_elements(By.CSS_SELECTOR, 'form[data-page="release"]'), "the ticked rows lead to no draft")
    check_page(driver, f"release-{width_name}", mistakes)
    shot(driver, folder, f"release-{width_name}")
    if width_name == "wide":
        shot(driver, folder, "readme-release", 1750, 0.8)
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
    released = {link.get_attribute("href") for link in driver.find_elements(By.CSS_SELECTOR, 'tr[data-row] a[href^="/addresses/"]')}
    wait_for(lambda: (driver.get(url + "/releases"), not driver.find_elements(By.CSS_SELECTOR, "table[data-live]"))[1],
             "the release does not end")
    driver.get(url + "/?period=month")
    for link in driver.find_elements(By.CSS_SELECTOR, 'a[href^="/addresses/"]'):
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
    global AXE
    arrivald = sys.argv[1]
    AXE = axe_source(arrivald)
    if not AXE:
        print("SKIPPED: axe-core is not there (npm cannot be run, or reaches no registry), so only our own checks are made")
    folder = shots_folder(arrivald)
    mistakes = []
    look(arrivald, folder, mistakes)
    for mistake in mistakes:
        print(mistake)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
