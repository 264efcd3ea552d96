# SPDX-License-Identifier: MIT
"""netstat_records.py - records of sockets as lines, to compare: PROTOCOL LOCAL REMOTE STATE PID

netstat_records.py json FILE	what doc/examples/netstat --json printed
netstat_records.py psutil KIND	psutil.net_connections(KIND)

psutil has a state for TCP alone: for the others it is "-".
"""
import json
import socket
import sys


def state(protocol, name):
    return name if protocol.startswith("tcp") else "-"


def from_json(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            protocol = record["protocol"]
            # The kernel's own text, and so psutil's, has @ for NUL.
            local = record["local"].replace("\0", "@")
            yield (protocol, local or "-", record["remote"] or "-",
                   state(protocol, record["state"]), record["pid"])


def address(family, pair):
    ip, port = pair or ("0.0.0.0" if family == socket.AF_INET else "::", 0)
    return f"[{ip}]:{port}" if family == socket.AF_INET6 else f"{ip}:{port}"


def from_psutil(kind):
    import psutil

    families = {socket.AF_INET: "4", socket.AF_INET6: "6"}
    types = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}
    for c in psutil.net_connections(kind):
        if c.family == socket.AF_UNIX:
            yield "unix", c.laddr or "-", c.raddr or "-", "-", c.pid or 0
            continue
        protocol = types[c.type] + families[c.family]
        yield (protocol, address(c.family, c.laddr), address(c.family, c.raddr),
               state(protocol, c.status.lower()), c.pid or 0)


for record in {"json": from_json, "psutil": from_psutil}[sys.argv[1]](sys.argv[2]):
    print(*record)
