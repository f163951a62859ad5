// What the suite's tests are, as JSON: the results that its command prints name them by id alone.
import suites from 'http-cache-tests/tests/index.mjs'

const known = suites.flatMap(suite => suite.tests.map(test => ({
  id: test.id,
  suite: suite.id,
  kind: test.kind ?? 'required',
  needs: test.depends_on ?? [],
  for_browsers: test.browser_only === true
})))
process.stdout.write(JSON.stringify(known))
