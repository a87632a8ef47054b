// Opens a page in Chromium, goes to a tab, waits for words in its table and, where that is asked
// for, until the page has renewed it by itself, and prints what is there.
'use strict'
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { chromium } = require('playwright-core')

const { url, tab, words, links, picture, within, renews } = JSON.parse(process.argv[2])
const quiet = ['quic', 'background-networking', 'component-update', 'sync'].map((what) => `--disable-${what}`)

async function look (profile) {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet],
    viewport: { width: 1280, height: 720 }
  })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(within)
    await page.goto(url)
    await page.getByRole('tab', { name: tab }).click()
    const table = page.locator('table').first()
    for (const wanted of words) await table.getByText(wanted).first().waitFor()
    const before = await table.innerText()
    const changed = (text) => document.querySelector('table').innerText !== text
    if (renews) await page.waitForFunction(changed, before)
    await page.screenshot({ path: picture })
    const texts = (cells) => cells.allInnerTexts()
    const rows = await table.locator('tbody tr').all()
    const seen = {
      columns: await texts(table.locator('thead th')),
      rows: await Promise.all(rows.map((row) => texts(row.locator('td')))),
      elements: await table.locator('td *').count(),
      title: await page.title()
    }
    await page.getByRole('tab', { name: links }).click()
    const anchors = await page.locator('a').all()
    const hrefs = anchors.map(async (a) => [await a.innerText(), await a.evaluate((found) => found.href)])
    return { ...seen, links: Object.fromEntries(await Promise.all(hrefs)) }
  } finally {
    await browser.close()
  }
}

const profile = mkdtempSync(join(tmpdir(), 'browser-'))
look(profile)
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => { console.error(String(error)); process.exitCode = 1 })
  .finally(() => rmSync(profile, { recursive: true, force: true }))
