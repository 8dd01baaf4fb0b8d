#!/usr/bin/env python3
"""Webhooks at a steady pace, whatever the answers: an open load, so that a slow moment delays all that arrive in it.

    paced.py PORT FLOOR_PORT PER_SECOND SECONDS FOLDER

prints the latencies beside the floor's at that pace, and beside those of the disk itself, measured in FOLDER before and
after: appending 4 kB and waiting for fdatasync, one flush after the other, and again at the same pace with the 5 kB that a delivery
weighs, where a slow flush delays those behind it, too.
Exits with 1 when an answer is not 202. HOOK_PATH, HOOK_BODY and HOOK_SIGNATURE are those of load.lua.
"""
import json
import os
import subprocess
import sys
import time


def at(values, share):
    values = sorted(values)
    return round(values[min(int(len(values) * share), len(values) - 1)] * 1000, 3)


def disk(folder, seconds):
    path, took = os.path.join(folder, "fdatasync.probe"), []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        os.write(file, b"x" * 4096)
        os.fdatasync(file)
        took.append(time.perf_counter() - began)
        time.sleep(0.002)
    os.close(file)
    os.unlink(path)
    return took


def disk_at_pace(folder, rate, seconds, size):
    """The same open load on the disk alone: each flush counts from the moment when it was to begin."""
    path, took = os.path.join(folder, "fdatasync.probe"), []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        planned = began + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            time.sleep(wait)
        os.write(file, b"x" * size)
        os.fdatasync(file)
        took.append(time.perf_counter() - planned)
    os.close(file)
    os.unlink(path)
    return took


def pace(port, rate, seconds):
    """Calls, wrong answers, p50 and p99 in ms."""
    floor = os.path.join(os.path.dirname(__file__), "../Floor/bin/Release/net10.0/Floor.dll")
    done = subprocess.run(["dotnet", floor, "--pace", str(port), str(rate), str(seconds)], stdout=subprocess.PIPE, text=True)
    calls, wrong, p50, p99 = done.stdout.split()
    return int(calls), int(wrong), float(p50), float(p99)


def main():
    gate, floor, rate, seconds, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
    syncs, paced = disk(folder, 2), disk_at_pace(folder, rate, 2, 5000)
    calls, wrong, p50, p99 = pace(gate, rate, seconds)
    syncs, paced = syncs + disk(folder, 2), paced + disk_at_pace(folder, rate, 2, 5000)
    _, lost, floor_p50, floor_p99 = pace(floor, rate, seconds)
    print(json.dumps({"what": "paced", "perSecond": rate, "answers": calls, "errors": wrong, "p50ms": p50, "p99ms": p99,
                      "floorP50ms": floor_p50, "floorP99ms": floor_p99, "fdatasyncP50ms": at(syncs, .5), "fdatasyncP99ms": at(syncs, .99),
                      "pacedFdatasyncP99ms": at(paced, .99)}))
    print(f"p99 at {rate}/s: {p99 / at(syncs, .99):.1f} times the disk's own, "
          f"{p99 / at(paced, .99):.1f} times what the disk alone takes at that pace")
    return 1 if wrong + lost or calls != int(rate * seconds) else 0


sys.exit(main())
