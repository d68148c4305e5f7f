"""
The far end of Sextant's wires, for a server of a cloud: what comes to one of its devices goes to who asked for that
device and knows the secret, by TCP, and the other way round. The server itself says nothing on these devices: they are
in a network namespace of their own, without addresses, and no program that configures devices sees them.

Nothing but Python's standard library and the `ip` command is needed. What there is to say goes to the console.
"""
import ctypes
import fcntl
import hashlib
import hmac
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
import zlib

PORT = 0
SECRET = ""

CLONE_NEWNET = 0x40000000
SOL_PACKET, ETH_P_ALL, PACKET_OUTGOING = 263, 3, 4
PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_VNET_HDR, PACKET_MR_PROMISC = 1, 8, 15, 1
VLAN_VALID, TPID_VALID = 1 << 4, 1 << 6
NEEDS_CHECKSUM = 1
GSO_TCP4, GSO_TCP6, GSO_ECN = 1, 4, 0x80
TCP_FIN, TCP_PSH, TCP_CWR = 0x01, 0x08, 0x80
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, SIOCGIFHWADDR = 0x8913, 0x8914, 0x8922, 0x8927
IFF_UP, IFF_NOARP = 0x1, 0x80
LONGEST = 65536 + 64
HANDSHAKE_SECONDS = 30

libc = ctypes.CDLL(None, use_errno=True)
numbers = itertools.count(1)


def say(**word):
    """A line on the console that is known again between others, and whole or not at all."""
    text = json.dumps(word, separators=(",", ":"))
    try:
        with open("/dev/console", "w") as console:
            console.write("\nsextant-wire %08x %s\n" % (zlib.crc32(text.encode()), text))
    except OSError:
        pass  # there is none


def enter(namespace):
    """Has this thread go on in a network namespace."""
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def make_namespace():
    """A network namespace in which the kernel says nothing by itself, as a file descriptor."""
    made = []

    def make():
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        if os.path.exists("/proc/sys/net/ipv6"):
            with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w") as setting:
                setting.write("1")
        made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def device_of(mac, seconds):
    """The device with this MAC address that nobody has asked for yet; it may be on its way."""
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        while True:
            for _, name in socket.if_nameindex():
                try:
                    if request(control, name, SIOCGIFHWADDR, bytes(24))[18:24].hex(":") == mac:
                        return name
                except OSError:
                    pass  # it is gone again
            if time.monotonic() >= until:
                raise LookupError("no device with the MAC address %s appeared in %d s" % (mac, seconds))
            time.sleep(0.1)


def take_device(mac, seconds, wires):
    """
    Moves the device with this MAC address into a network namespace; gives its name there, which no other has. Whoever
    names devices may be about to rename it.
    """
    new = "wire%d" % next(numbers)
    until = time.monotonic() + seconds
    while True:
        name = device_of(mac, until - time.monotonic())
        path = "/proc/%d/fd/%d" % (os.getpid(), wires)
        command = ["ip", "link", "set", "dev", name, "name", new, "netns", path]
        done = subprocess.run(command, pass_fds=(wires,), capture_output=True, text=True)
        if done.returncode == 0:
            return new
        if time.monotonic() >= until:
            raise OSError(done.stderr.strip())
        time.sleep(0.1)


def request(control, device, number, data):
    """An ioctl(2) about a device."""
    return fcntl.ioctl(control, number, struct.pack("16s24s", device.encode(), data))


def sum_of(octets, start=0):
    """The Internet's checksum (RFC 1071), before it is complemented."""
    octets += bytes(len(octets) % 2)
    total = start + sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def finished(header, frame):
    """
    The frames for which a device got this one: its sender may have left checksums to the device, and to cut what is
    longer than the MTU (struct virtio_net_hdr).
    """
    flags, kind, _, size, start, offset = struct.unpack("=BBHHHH", header)
    if not flags & NEEDS_CHECKSUM:
        return [frame]
    if kind & ~GSO_ECN in (GSO_TCP4, GSO_TCP6):
        return segments(frame, kind & ~GSO_ECN == GSO_TCP4, start, size)
    whole = bytearray(frame)
    struct.pack_into("!H", whole, start + offset, (~sum_of(bytes(whole[start:])) & 0xFFFF) or 0xFFFF)
    return [bytes(whole)]


def segments(frame, is_ipv4, tcp, size):
    """TCP that is longer than the MTU, cut as its sender would have cut it."""
    data = tcp + (frame[tcp + 12] >> 4) * 4
    addresses = frame[26:34] if is_ipv4 else frame[22:54]
    (sequence,) = struct.unpack_from("!I", frame, tcp + 4)
    cut = []
    for at in range(data, len(frame), size):
        part = bytearray(frame[:data] + frame[at : at + size])
        struct.pack_into("!I", part, tcp + 4, (sequence + at - data) & 0xFFFFFFFF)
        if at + size < len(frame):
            part[tcp + 13] &= ~(TCP_FIN | TCP_PSH)
        if at > data:
            part[tcp + 13] &= ~TCP_CWR
        if is_ipv4:
            (identification,) = struct.unpack_from("!H", frame, 18)
            struct.pack_into("!HH", part, 16, len(part) - 14, (identification + len(cut)) & 0xFFFF)
            struct.pack_into("!H", part, 24, 0)
            struct.pack_into("!H", part, 24, ~sum_of(bytes(part[14:tcp])) & 0xFFFF)
        else:
            struct.pack_into("!H", part, 18, len(part) - 54)
        struct.pack_into("!H", part, tcp + 16, 0)
        pseudo = sum_of(addresses + struct.pack("!II", len(part) - tcp, socket.IPPROTO_TCP))
        struct.pack_into("!H", part, tcp + 16, ~sum_of(bytes(part[tcp:]), pseudo) & 0xFFFF)
        cut.append(bytes(part))
    return cut


def tagged(frame, ancillary):
    """The frame with the VLAN tag that the kernel took off."""
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", data)
            if status & VLAN_VALID:
                tag = struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci)
                return frame[:12] + tag + frame[12:]
    return frame


def open_device(device, mtu):
    """Brings a device of this thread's namespace up; gives a socket to receive by and one to send by."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request(control, device, SIOCSIFMTU, struct.pack("i20x", mtu))
        (flags,) = struct.unpack_from("H", request(control, device, SIOCGIFFLAGS, bytes(24)), 16)
        request(control, device, SIOCSIFFLAGS, struct.pack("H22x", flags | IFF_UP | IFF_NOARP))
        receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        receiver.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        receiver.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        receiver.bind((device, ETH_P_ALL))
        everything = struct.pack("iHH8s", socket.if_nametoindex(device), PACKET_MR_PROMISC, 0, b"")
        receiver.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, everything)
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sender.bind((device, 0))
    return receiver, sender


def pass_on(receiver, stream):
    """Hands over what the device receives, until the other side is gone."""
    try:
        while True:
            data, ancillary, _, address = receiver.recvmsg(LONGEST, 256)
            if address[2] != PACKET_OUTGOING:
                for frame in finished(data[:10], data[10:]):
                    whole = tagged(frame, ancillary)
                    stream.sendall(struct.pack("!I", len(whole)) + whole)
    except OSError:
        stream.close()


def serve(stream, wires):
    """One wire, from its handshake to its end."""
    stream.settimeout(HANDSHAKE_SECONDS)
    nonce = os.urandom(32)
    stream.sendall(nonce.hex().encode() + b"\n")
    reader = stream.makefile("rb")
    wish = json.loads(reader.readline(LONGEST))
    proof = hmac.new(bytes.fromhex(SECRET), nonce + wish["mac"].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(proof, wish["proof"]):
        return
    try:
        name = take_device(wish["mac"], wish["seconds"], wires)
        enter(wires)
        receiver, sender = open_device(name, wish["mtu"])
    except (LookupError, OSError) as error:
        stream.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    stream.settimeout(None)
    stream.sendall(json.dumps({"device": name}).encode() + b"\n")
    threading.Thread(target=pass_on, args=(receiver, stream), daemon=True).start()
    while True:
        header = reader.read(4)
        if len(header) < 4:
            break
        frame = reader.read(struct.unpack("!I", header)[0])
        try:
            sender.send(frame)
        except OSError:
            pass  # it is lost, as on a wire
    sender.close()
    receiver.close()


def begin(stream, wires):
    try:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serve(stream, wires)
    except (OSError, ValueError, KeyError):
        pass  # who asks in another way is not answered
    finally:
        stream.close()


def main():
    if os.fork() != 0:
        return
    os.setsid()
    # Whoever started this waits until nobody has its pipes any more.
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    try:
        wires = make_namespace()
        if socket.has_dualstack_ipv6():
            listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True)
        else:
            listener = socket.create_server(("", PORT))
        say(event="listens", port=PORT)
        while True:
            stream, _ = listener.accept()
            threading.Thread(target=begin, args=(stream, wires), daemon=True).start()
    except Exception:
        say(event="failed", error=traceback.format_exc().strip().split("\n")[-1])
        sys.exit(1)


main()
