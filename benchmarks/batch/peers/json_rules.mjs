// Reads rules and lines as JSON from standard input, and writes which rules hold of each line and what that took.
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const { Engine } = (await import(pathToFileURL(process.argv[2]).href)).default
const { rules, lines, times } = JSON.parse(readFileSync(0, "utf8"))
const engine = new Engine(rules, { allowUndefinedFacts: true })

let found, wall, cpu
for (let turn = 0; turn < times; turn += 1) {
  const before = process.cpuUsage()
  const started = performance.now()
  found = []
  for (const line of lines) {
    const { events } = await engine.run(line)
    found.push(events.map((event) => event.type))
  }
  wall = (performance.now() - started) / 1e3
  const spent = process.cpuUsage(before)
  cpu = (spent.user + spent.system) / 1e6
}
process.stdout.write(JSON.stringify({ found, wall, cpu }))
