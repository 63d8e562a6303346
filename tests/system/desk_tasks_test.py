#!/usr/bin/env python3
"""The ten tasks of people at the desk, done in a real browser by mouse, by keyboard alone, and without JavaScript. A task
may cost so many clicks (or Enter) and so many entries that are typed, beginning at the list, logged in. Pictures of each
task's end are left beside those of desk_browser_test.py. Needs a browser, as that test does.

usage: desk_tasks_test.py ARRIVALD
"""
import contextlib
import re
import sys
import tempfile
import time
from pathlib import Path

from browser import PASSWORD, By, Desk, browser, log_in, press, shot, shots_folder, wait_for
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

# Clicks, entries: what each task may cost.
BUDGETS = {1: (1, 1), 2: (5, 1), 3: (1, 0), 4: (6, 1), 5: (1, 0), 6: (2, 0), 7: (1, 0), 8: (2, 0), 9: (2, 1), 10: (1, 2)}
OFFICES = ["town.aoba.example.lg.jp", "town.midori.example.lg.jp", "vill.sakura.example.lg.jp"]
MOST_TABS = 400


def is_gone(element):
    """The page that it stood on has been left."""
    try:
        element.is_enabled()
        return False
    except WebDriverException:
        # Stale, or while the page is being replaced something else.
        return True


@contextlib.contextmanager
def leaving(driver, what):
    """The button that is pressed within leads to another page, which the driver does not always wait for; what is no
    button leads nowhere, or to a file."""
    button = driver.find_element(By.CSS_SELECTOR, what).get_attribute("type") == "submit"
    before = driver.find_element(By.TAG_NAME, "html")
    yield
    if button:
        wait_for(lambda: is_gone(before), f"{what} leads nowhere")


class Mouse:
    """A person who clicks, and types where something must be typed. Counts both."""

    def __init__(self, driver):
        self.driver, self.clicks, self.entries = driver, 0, 0

    def find(self, what):
        found = self.driver.find_elements(By.CSS_SELECTOR, what)
        assert found, f"nothing on {self.driver.current_url} is {what}"
        return found[0]

    def click(self, what):
        self.clicks += 1
        with leaving(self.driver, what):
            press(self.driver, self.find(what))

    def type(self, what, text):
        self.entries += 1
        field = self.find(what)
        field.clear()
        field.send_keys(text)

    def send(self, field, button):
        """Ends an entry: by its button."""
        self.click(button)


class Keyboard(Mouse):
    """A person without a mouse: Tab, arrows, Space and Enter."""

    def focused(self, element):
        return self.driver.execute_script("return document.activeElement === arguments[0]", element)

    def key(self, key):
        ActionChains(self.driver).send_keys(key).perform()

    def go_to(self, element):
        name = element.get_attribute("name") if element.get_attribute("type") == "radio" else None
        for _ in range(MOST_TABS):
            if self.focused(element):
                break
            inside = name and self.driver.execute_script("return document.activeElement.name", ) == name
            self.key(Keys.ARROW_DOWN if inside else Keys.TAB)
        assert self.focused(element), f"Tab does not reach {element.get_attribute('outerHTML')[:200]}"
        hidden = self.driver.execute_script(
            "const box = document.activeElement.getBoundingClientRect();"
            "const x = box.left + box.width / 2, y = box.top + box.height / 2;"
            "const at = document.elementFromPoint(x, y);"
            "return !at || !(at === document.activeElement || document.activeElement.contains(at) || at.contains(document.activeElement))",
        )
        assert not hidden, f"what has the focus cannot be seen: {element.get_attribute('outerHTML')[:200]}"

    def click(self, what):
        self.clicks += 1
        element = self.find(what)
        self.go_to(element)
        kind = element.get_attribute("type")
        if kind == "radio" and element.is_selected():
            return
        with leaving(self.driver, what):
            self.key(Keys.SPACE if kind in ("checkbox", "radio") else Keys.ENTER)

    def type(self, what, text):
        self.entries += 1
        field = self.find(what)
        self.go_to(field)
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(text).perform()

    def send(self, field, button):
        self.clicks += 1
        with leaving(self.driver, button):
            self.key(Keys.ENTER)


class Ways:
    """How the tasks are done: who does them, and with which of several rows, since what is released is gone."""

    def __init__(self, name, number, person, script):
        self.name, self.number, self.person, self.script = name, number, person, script


WAYS = [Ways("mouse", 0, Mouse, True), Ways("keyboard", 1, Keyboard, True), Ways("noscript", 2, Mouse, False)]


class Trial:
    """One person at the demo's desk."""

    def __init__(self, driver, desk, way, folder):
        self.driver, self.desk, self.way, self.folder = driver, desk, way, folder
        self.person = None

    def start(self):
        self.driver.get(self.desk.url + "/")
        self.person = self.way.person(self.driver)

    def end(self, task):
        clicks, entries = BUDGETS[task]
        did = f"task {task} by {self.way.name}: {self.person.clicks} clicks, {self.person.entries} entries"
        print(did, flush=True)
        assert self.person.clicks <= clicks and self.person.entries <= entries, f"{did}; {clicks} and {entries} are allowed"
        shot(self.driver, self.folder, f"task-{task}-{self.way.name}")

    def text(self):
        """Of the page; empty between two of them."""
        main = self.driver.find_elements(By.TAG_NAME, "main")
        try:
            return main[0].text if main else ""
        except WebDriverException as error:
            # The page was replaced between the two: Chromium's driver has two names for that.
            if isinstance(error, StaleElementReferenceException) or "does not belong to the document" in str(error):
                return ""
            raise

    def says(self, words, seconds=20):
        wait_for(lambda: words in self.text(), f"the page does not say {words}", seconds)

    def addresses(self, query):
        self.driver.get(f"{self.desk.url}/?{query}")
        return [link.text for link in self.driver.find_elements(By.CSS_SELECTOR, 'a[href^="/addresses/"]')]

    def ask(self, text):
        self.person.type("#ask", text)
        self.person.send("#ask", ".ask button")


def why_no_mail(trial):
    """1 and 2: a customer on the telephone: why does this address get no mail? They made room: release it."""
    address = trial.addresses("period=month&list=bounces&cause=mailbox_full")[trial.way.number]
    trial.start()
    trial.ask(address)
    trial.says("いま、このアドレスへのメールは止まっています。")
    trial.says("お客様への文面")
    trial.end(1)
    person = trial.person
    person.click('.steps form button')
    trial.says("まだ何も変わっていません。")
    person.click('input[name="said"]')
    person.click('input[name="why"][value="they_told_us"]')
    person.click('button[value="advised"]')
    trial.says("1件の解除を")
    trial.end(2)
    return address


def yesterday(trial):
    """3: what came in yesterday?"""
    trial.start()
    trial.person.click('.presets a[href*="yesterday"]')
    trial.says("11月23日")
    assert trial.driver.find_elements(By.CSS_SELECTOR, 'a[href^="/addresses/"]'), "nothing came in yesterday"
    trial.end(3)


def ticked_as_advised(trial):
    """How many of the ticked rows can be released at once, as the page says before anything is done: with a script by its
    rows, since the page stays as it is; without one by the bar of the page that came after the ticks."""
    if trial.way.script:
        rows = trial.driver.find_elements(By.CSS_SELECTOR, 'tr:has(input[name="entry"]:checked)')
        return sum("解除してよい" in row.text for row in rows)
    said = re.search(r"助言どおり (\d+)", trial.driver.find_element(By.CSS_SELECTOR, ".bar .parts").text)
    return int(said.group(1)) if said else 0


def outage_is_over(trial):
    """4: the name servers of one office work again: release its twelve, or as many of them as newer rows have left on the
    first page."""
    office = OFFICES[trial.way.number]

    def is_safe():
        trial.driver.get(f"{trial.desk.url}/?period=month&domain={office}&list=bounces")
        return trial.text().count("解除してよい") >= 12
    wait_for(is_safe, f"{office} accepts no mail", 90)
    trial.start()
    trial.ask(office)
    person = trial.person
    person.click('input[data-all]' if trial.way.script else 'th.tick button[value="page"]')
    advised = ticked_as_advised(trial)
    assert 0 < advised <= 12, f"{advised} rows of {office} are ticked and safe"
    person.click('.bar button[value="release"]')
    trial.says(f"そのまま解除できます({advised}件)")
    person.click('input[name="why"]')
    person.click('button[value="advised"]')
    trial.says(f"{advised}件の解除を")
    trial.end(4)


def did_it_arrive(trial, address):
    """5: did what we released arrive?"""
    trial.start()
    trial.person.click('.nav a[href="/releases"]')
    trial.says(address)
    trial.says("次のメールは届いたか")
    trial.end(5)


def who_refuses(trial):
    """6: who refuses us, and the text for their IT staff."""
    trial.start()
    trial.person.click('.nav a[href="/groups"]')
    trial.person.click('table.cards a[href*="Local%20governments"]')
    letter = trial.driver.find_element(By.ID, "it").get_attribute("value")
    assert "cannot find your hostname" in letter or "rejected" in letter, letter
    trial.end(6)


def to_the_manager(trial, downloads):
    """7: the list for the manager, in Excel."""
    for old in downloads.iterdir():
        old.unlink()
    trial.start()
    trial.person.click('a[href^="/export.xlsx"]')

    def is_there():
        files = list(downloads.glob("*.xlsx"))
        return files and files[0].read_bytes()[:2] == b"PK"
    wait_for(is_there, "no workbook is downloaded", 60)
    trial.end(7)


def undo(trial):
    """8: an unsubscribe was released by mistake: put it back. Here the person is an admin."""
    trial.driver.get(trial.desk.url + "/?period=month&list=unsubscribes")
    boxes = trial.driver.find_elements(By.CSS_SELECTOR, 'input[name="entry"]')
    press(trial.driver, boxes[trial.way.number])
    press(trial.driver, trial.driver.find_element(By.CSS_SELECTOR, '.bar button[value="release"]'))
    trial.says("まだ何も変わっていません。")
    press(trial.driver, trial.driver.find_element(By.CSS_SELECTOR, 'input[name="why"]'))
    trial.driver.find_element(By.ID, "n").send_keys("1件")
    press(trial.driver, trial.driver.find_element(By.CSS_SELECTOR, 'button[value="all"]'))
    trial.says("解除の結果")

    def can_be_undone():
        trial.driver.get(trial.desk.url + "/releases")
        return trial.driver.find_elements(By.CSS_SELECTOR, 'form[action$="/undo"] button')
    wait_for(can_be_undone, "a released unsubscribe cannot be put back", 60)
    trial.start()
    trial.person.click('.nav a[href="/releases"]')
    trial.person.click('form[action$="/undo"] button')
    trial.says("元に戻した")
    trial.end(8)


def who_released(trial, address):
    """9: who released this, and why?"""
    trial.start()
    trial.ask(address)
    trial.says("解除しました(ops-1)")
    trial.says("相手から連絡があった")
    trial.end(9)


def logged_out(trial):
    """10: five rows are ticked, the session ends, the person goes on: nothing is lost."""
    trial.driver.get(trial.desk.url + "/?period=month")
    # What is ticked from before may stand on a later page by now.
    clear = '.bar button[value="clear"]'
    if any(button.is_displayed() for button in trial.driver.find_elements(By.CSS_SELECTOR, clear)):
        with leaving(trial.driver, clear):
            press(trial.driver, trial.driver.find_element(By.CSS_SELECTOR, clear))
    for box in trial.driver.find_elements(By.CSS_SELECTOR, 'input[name="entry"]:not(:checked)')[:5]:
        press(trial.driver, box)
    # Four hours of the demo's time.
    time.sleep(4 * 3600 / FAST + 2)
    trial.person = trial.way.person(trial.driver)
    press(trial.driver, trial.driver.find_element(By.CSS_SELECTOR, '.bar button[value="release"]'))
    trial.says("しばらく操作がなかったため、ログアウトしました。")
    trial.says("選んだ5件は残っています。")
    trial.person.type("#u", "ops-1")
    trial.person.type("#p", PASSWORD)
    trial.person.click("main form button")
    # On this page or, since more has come meanwhile, on the next.
    trial.says("5件を選んでいます")
    trial.end(10)


# Simulated seconds a second where four hours have to pass.
FAST = 600


def at_desk(desk, way, folder, user, tasks, downloads=None):
    driver = browser(1280, 900, script=way.script, downloads=downloads)
    try:
        log_in(driver, desk.url, user)
        tasks(Trial(driver, desk, way, folder))
    except Exception:
        shot(driver, folder, f"failed-{way.name}")
        print(driver.current_url, driver.find_element(By.TAG_NAME, "body").text[:3000])
        raise
    finally:
        driver.quit()


def as_operator(downloads):
    def tasks(trial):
        address = why_no_mail(trial)
        yesterday(trial)
        did_it_arrive(trial, address)
        who_refuses(trial)
        to_the_manager(trial, downloads)
        who_released(trial, address)
        outage_is_over(trial)
    return tasks


def main():
    arrivald = sys.argv[1]
    folder = shots_folder(arrivald)
    ways = [way for way in WAYS if len(sys.argv) < 3 or way.name in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as temporary:
        downloads = Path(temporary, "downloads")
        downloads.mkdir()
        desk = Desk(arrivald, Path(temporary))
        try:
            desk.wait_until_read()
            for way in ways:
                at_desk(desk, way, folder, "ops-1", as_operator(downloads), downloads)
                at_desk(desk, way, folder, "admin-1", undo)
        finally:
            desk.end()
        desk = Desk(arrivald, Path(temporary), FAST)
        try:
            desk.wait_until_read()
            for way in ways:
                at_desk(desk, way, folder, "ops-1", logged_out)
        finally:
            desk.end()
    print("ok")


if __name__ == "__main__":
    main()
