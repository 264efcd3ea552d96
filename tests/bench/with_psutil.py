# SPDX-License-Identifier: MIT
"""with_psutil.py QUESTION [ARGUMENT] - the questions of tests/bench, as a script would ask psutil"""
import collections
import ipaddress
import sys

import psutil


def connections():
    return psutil.net_connections("tcp")


def name(pid):
    return psutil.Process(pid).name()


def listens(port):
    if any(c.status == psutil.CONN_LISTEN and c.laddr.port == int(port) for c in connections()):
        print("yes")


def holder(port):
    for c in connections():
        if c.status == psutil.CONN_LISTEN and c.laddr.port == int(port):
            print(name(c.pid))


def states():
    for state, count in sorted(collections.Counter(c.status for c in connections()).items()):
        print(f"{state.lower()}={count}")


def state(wanted):
    print(sum(c.status == wanted for c in connections()))


def port(wanted):
    print(sum(c.laddr.port == int(wanted) and c.status != psutil.CONN_LISTEN for c in connections()))


def network(wanted):
    net = ipaddress.ip_network(wanted)
    print(sum(bool(c.raddr) and ipaddress.ip_address(c.raddr.ip) in net for c in connections()))


def peer():
    count = collections.Counter(c.raddr.ip for c in connections() if c.raddr)
    print("%s %d" % count.most_common(1)[0])


def service(wanted):
    of_process = getattr(psutil.Process, "net_connections", None) or psutil.Process.connections
    print(sum(len(of_process(p, "tcp")) for p in psutil.process_iter(["name"])
              if p.info["name"] == wanted))


def owners():
    count = collections.Counter(c.pid for c in connections())
    names = collections.Counter()
    for pid, sockets in count.items():
        names[name(pid)] += sockets
    for comm, sockets in sorted(names.items()):
        print(f"{comm}={sockets}")


globals()[sys.argv[1]](*sys.argv[2:])
