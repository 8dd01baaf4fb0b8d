-- What wrk sends: one signed body, a delivery id of its own each time.
local path, file, signature, run = os.getenv("HOOK_PATH"), os.getenv("HOOK_BODY"), os.getenv("HOOK_SIGNATURE"), os.getenv("HOOK_RUN")
local body = io.open(file, "rb"):read("*a")
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  count = 0
end

function request()
  count = count + 1
  return wrk.format("POST", path, {
    ["Content-Type"] = "application/json",
    ["User-Agent"] = "GitHub-Hookshot/bench",
    ["X-GitHub-Event"] = "pull_request",
    ["X-GitHub-Delivery"] = string.format("%s-%d-%d", run, number, count),
    ["X-Hub-Signature-256"] = signature,
  }, body)
end

function done(summary, latency)
  io.write(string.format(
    "RESULT %.1f %d %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests))
end
