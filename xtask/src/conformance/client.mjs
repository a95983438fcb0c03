// Runs the suite's own client. Arguments: the directory of the suite, the base URL of the cache, a JSON object that says
// what to run, and the file to write.
//
//   only       the ids to run; null for every case that applies to a proxy
//   dump       whether requests and responses are printed, on standard output
//   together   how many cases run at once
//
// The suite's cli.mjs runs one case or all of them, and leaves out what a score needs. These are the same calls; what is
// written is each case with how it ended.

import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [suite, base, options, output] = process.argv.slice(2)
const { only, dump, together } = JSON.parse(options)

const load = path => import(pathToFileURL(`${suite}/${path}`))
const { runTests, getResults } = await load('client/runner.mjs')
const { default: groups } = await load('tests/index.mjs')
const fetch = createRequire(`${suite}/cli.mjs`)('node-fetch')

const chosen = []
for (const group of groups) {
  const tests = group.tests.filter(test => only === null || only.includes(test.id))
  tests.forEach(test => { test.dump = dump })
  if (tests.length > 0) chosen.push({ ...group, tests })
}
await runTests(chosen, fetch, false, base, together)

const results = getResults()
const cases = groups.flatMap(group => group.tests.map(test => ({
  id: test.id,
  name: test.name,
  kind: test.kind ?? 'required',
  depends_on: test.depends_on ?? [],
  browser_only: test.browser_only === true,
  outcome: outcome(results[test.id])
})))
writeFileSync(output, JSON.stringify(cases))

// The suite's results are true, or what was going on and a message.
function outcome (result) {
  if (result === undefined) return 'not-run'
  return result === true ? 'passed' : { failed: { during: result[0], message: String(result[1]) } }
}
