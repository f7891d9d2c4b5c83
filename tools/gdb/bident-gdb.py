# SPDX-License-Identifier: BSD-2-Clause
"""gdb commands for the kernel. Works on a running machine (gdb stub) and on an image of one.

    ps           all processes: pid, parent, state, LWPs, name
    lwps [PID]   all LWPs (of one process): state, CPU, what they sleep on, where they stand
    bt-pid PID   the kernel stacks of a process' LWPs
    cpus         what runs where
    klog         the kernel's log, from its ring

A `struct proc` or `struct lwp`, or a pointer to one, is printed as one line; `print/r` shows the members.
"""
import gdb

SWITCH_FRAME = 7        # words on a switched-off stack: six registers and the return address


def pointer_to(name):
    return gdb.lookup_type(name).pointer()


def list_each(head, type_name, member):
    """The objects of type_name on a list, by the address of its head."""
    typ = gdb.lookup_type(type_name)
    offset = next(int(f.bitpos) // 8 for f in typ.fields() if f.name == member)
    node = head["next"]
    while int(node) != int(head.address):
        yield gdb.Value(int(node) - offset).cast(typ.pointer()).dereference()
        node = node["next"]


def processes():
    """Ascending age; process 0 first."""
    yield gdb.parse_and_eval("proc0")
    yield from reversed(list(list_each(gdb.parse_and_eval("proc_all"), "struct proc", "p_all_link")))


def lwps_of(proc):
    return list_each(proc["p_lwps"], "struct lwp", "l_link")


def text(value):
    return value.string("utf-8", "replace") if int(value.address or 1) else ""


def enum_name(value, prefix):
    name = str(value)
    return name[len(prefix):].lower() if name.startswith(prefix) else name


def running():
    """{address of an LWP: CPU} for those that run now."""
    found = {}
    cpus = gdb.parse_and_eval("cpus")
    for i in range(int(gdb.parse_and_eval("ncpu"))):
        if int(cpus[i]) and int(cpus[i]["c_curlwp"]):
            found[int(cpus[i]["c_curlwp"])] = i
    return found


def symbol(addr):
    name = gdb.execute("info symbol %#x" % addr, to_string=True).split(" in section")[0].strip()
    return name if not name.startswith("No symbol") else "?"


def word(addr):
    return int(gdb.Value(addr).cast(pointer_to("unsigned long")).dereference())


def stack_of(lwp):
    """Return addresses of an LWP that does not run, innermost first."""
    sp = int(lwp["l_arch"]["al_sp"])
    if sp == 0:
        return
    low, high = int(lwp["l_arch"]["al_stack"]), int(lwp["l_arch"]["al_stack_top"])
    pc, frame = word(sp + (SWITCH_FRAME - 1) * 8), word(sp + (SWITCH_FRAME - 2) * 8)
    yield pc
    while low <= frame < high - 16:
        pc, frame = word(frame + 8), word(frame)
        if pc == 0:
            return
        yield pc


def wmesg(lwp):
    message = lwp["l_sched"]["s_wmesg"]
    return message.string() if int(message) else ""


def proc_line(p):
    return "process %d (%s) %s, parent %d, %d LWPs" % (
        int(p["p_pid"]), text(p["p_comm"]), enum_name(p["p_state"], "PROC_"),
        int(p["p_parent"]["p_pid"]) if int(p["p_parent"]) else 0, int(p["p_nlwps"]))


def lwp_line(l):
    on = wmesg(l)
    return "LWP %d of process %d (%s) %s on CPU %d%s" % (
        int(l["l_tid"]), int(l["l_proc"]["p_pid"]), text(l["l_proc"]["p_comm"]),
        enum_name(l["l_sched"]["s_state"], "SCHED_"), int(l["l_sched"]["s_cpu"]), ", waits on " + on if on else "")


class Printer:
    """One line for a structure, or for a pointer to it."""

    def __init__(self, value, line):
        self.value, self.line = value, line

    def to_string(self):
        if self.value.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
            return self.line(self.value)
        address = int(self.value)
        try:
            return "%#x %s" % (address, self.line(self.value.dereference()) if address else "")
        except gdb.MemoryError:
            return "%#x (not readable)" % address


def find_printer(value):
    lines = {"proc": proc_line, "lwp": lwp_line}
    typ = value.type.strip_typedefs()
    if typ.code == gdb.TYPE_CODE_PTR:
        typ = typ.target().strip_typedefs()
    if typ.code != gdb.TYPE_CODE_STRUCT or typ.tag not in lines:
        return None
    return Printer(value, lines[typ.tag])


class Command(gdb.Command):
    def __init__(self, name, doc):
        self.__doc__ = doc
        super().__init__(name, gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        try:
            self.run(arg.strip())
        except gdb.MemoryError as error:
            raise gdb.GdbError("the kernel's memory cannot be read: %s" % error)


class Ps(Command):
    def run(self, arg):
        print("%6s %6s %-8s %4s %s" % ("PID", "PPID", "STATE", "LWPS", "NAME"))
        for p in processes():
            parent = p["p_parent"]
            print("%6d %6d %-8s %4d %s" % (int(p["p_pid"]), int(parent["p_pid"]) if int(parent) else 0,
                  enum_name(p["p_state"], "PROC_"), int(p["p_nlwps"]), text(p["p_comm"])))


def chosen(arg):
    pid = int(arg, 0) if arg else None
    found = [p for p in processes() if pid is None or int(p["p_pid"]) == pid]
    if not found:
        raise gdb.GdbError("no process %s" % arg)
    return found


class Lwps(Command):
    def run(self, arg):
        on = running()
        print("%6s %6s %-9s %3s %-18s %-10s %s" % ("PID", "TID", "STATE", "CPU", "ADDRESS", "WAITS ON", "AT"))
        for p in chosen(arg):
            for l in lwps_of(p):
                at = "running" if int(l.address) in on else symbol(next(stack_of(l), 0))
                for pc in [] if at == "running" else stack_of(l):
                    name = symbol(pc)
                    if not name.startswith(("arch_switch", "cpu_switch", "sched_switch", "park", "sched_")):
                        at = name
                        break
                print("%6d %6d %-9s %3d %#018x %-10s %s" % (int(p["p_pid"]), int(l["l_tid"]),
                      enum_name(l["l_sched"]["s_state"], "SCHED_"), int(l["l_sched"]["s_cpu"]), int(l.address),
                      wmesg(l), at))


class BtPid(Command):
    def run(self, arg):
        if not arg:
            raise gdb.GdbError("usage: bt-pid PID")
        on = running()
        for p in chosen(arg):
            for l in lwps_of(p):
                print("LWP %d of process %d (%s) %s" % (int(l["l_tid"]), int(p["p_pid"]), text(p["p_comm"]), wmesg(l)))
                cpu = on.get(int(l.address))
                if cpu is not None:
                    gdb.execute("thread apply %d -s -- bt" % (cpu + 1))
                    continue
                for n, pc in enumerate(stack_of(l)):
                    print("  #%-2d %#018x %s" % (n, pc, symbol(pc)))


class Cpus(Command):
    def run(self, arg):
        cpus = gdb.parse_and_eval("cpus")
        for i in range(int(gdb.parse_and_eval("ncpu"))):
            c, l = cpus[i].dereference(), cpus[i]["c_curlwp"]
            if int(l) == 0:
                what = "nothing yet"
            elif int(l) == int(c["c_idle"]):
                what = "idle"
            else:
                what = "LWP %d of process %d (%s)" % (int(l["l_tid"]), int(l["l_proc"]["p_pid"]),
                                                      text(l["l_proc"]["p_comm"]))
            print("CPU %2d: %s; spin locks held: %d, interrupts taken: %d" % (
                  i, what, int(c["c_spin_depth"]), int(c["c_arch"]["ca_nintr"])))


class Klog(Command):
    def run(self, arg):
        ring, end = gdb.parse_and_eval("'klog.c'::ring"), int(gdb.parse_and_eval("'klog.c'::ring_end"))
        size = ring.type.sizeof
        data = bytes(gdb.selected_inferior().read_memory(int(ring.address), size))
        start = end % size
        data = data[:end] if end <= size else data[start:] + data[:start]
        print(data.decode("utf-8", "replace"))


gdb.pretty_printers.append(find_printer)
Ps("ps", "All processes.")
Lwps("lwps", "All LWPs, or those of one process: lwps [PID].")
BtPid("bt-pid", "Kernel stacks of a process: bt-pid PID.")
Cpus("cpus", "What each CPU runs.")
Klog("klog", "The kernel's log.")
