#!/usr/bin/env python3
"""Webhooks at a steady pace, whatever the answers: an open load, so that a slow moment delays all that arrive in it.

    paced.py PORT PER_SECOND SECONDS FOLDER

prints the latencies beside those of the disk itself, measured in FOLDER before and after: appending 4 kB and waiting for fdatasync, one
flush after the other, and again at the same pace with the 5 kB that a delivery weighs, where a slow flush delays those behind it, too.
Exits with 1 when an answer is not 202. HOOK_PATH, HOOK_BODY and HOOK_SIGNATURE are those of load.lua.
"""
import asyncio
import json
import os
import selectors
import sys
import time

CONNECTIONS = 32


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


async def sender(port, head, body, due, took, wrong):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (item := await due.get()) is not None:
        number, planned = item
        writer.write((head + f"X-GitHub-Delivery: paced-{os.getpid()}-{number}\r\n\r\n").encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(length)
        took.append(time.perf_counter() - planned)
        if b" 202 " not in answer.split(b"\r\n")[0]:
            wrong.append(answer)
    writer.close()


async def pace(port, rate, seconds):
    body = open(os.environ["HOOK_BODY"], "rb").read()
    head = (f"POST {os.environ['HOOK_PATH']} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-GitHub-Event: pull_request\r\n"
            f"X-Hub-Signature-256: {os.environ['HOOK_SIGNATURE']}\r\n")
    due, took, wrong = asyncio.Queue(), [], []
    senders = [asyncio.create_task(sender(port, head, body, due, took, wrong)) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        planned = began + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due.put_nowait((number, planned))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    return took, wrong


def main():
    port, rate, seconds, folder = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    syncs = disk(folder, 1)
    paced = disk_at_pace(folder, rate, 2, 5000)
    # select, for its timer counts microseconds where epoll's counts milliseconds: a late client is not a slow server.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        took, wrong = runner.run(pace(port, rate, seconds))
    syncs += disk(folder, 1)
    paced += disk_at_pace(folder, rate, 2, 5000)
    print(json.dumps({"what": "paced", "perSecond": rate, "answers": len(took), "errors": len(wrong), "p50ms": at(took, .5),
                      "p99ms": at(took, .99), "fdatasyncP50ms": at(syncs, .5), "fdatasyncP99ms": at(syncs, .99), "pacedFdatasyncP99ms": at(paced, .99)}))
    print(f"p99 at {rate}/s: {at(took, .99) / at(syncs, .99):.1f} times the disk's own, "
          f"{at(took, .99) / at(paced, .99):.1f} times what the disk alone takes at that pace")
    return 1 if wrong or len(took) != int(rate * seconds) else 0


sys.exit(main())
