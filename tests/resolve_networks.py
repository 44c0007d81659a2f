"""Solves exported sections again with PYPOWER, a port of MATPOWER, by Newton's method, and compares.

    voltcity grid WORLD --networks 25 --out DIR
    python3 tests/resolve_networks.py DIR [TOLERANCE_PU]

Exits with 0 when every voltage of every section agrees within the tolerance (1e-8 pu unless one is given) and end
flows within 1e-6 of the section's greatest, with 1 otherwise, and with 77 when PYPOWER or pandas is not installed.
"""
import json
import pathlib
import sys

try:
    import numpy as np
    import pandas as pd
    from pypower.api import ppoption, runpf
except ImportError as missing:
    print(f"not compared: {missing}")
    sys.exit(77)


def solve(folder):
    """Tables of a section, voltages as PYPOWER finds them, and powers in MVA into both ends of branches."""
    base_mva = json.loads((folder / "meta.json").read_text())["baseMVA"]
    bus, branch = pd.read_csv(folder / "ppc_bus.csv"), pd.read_csv(folder / "ppc_branch.csv")
    assert list(bus.bus) == list(range(len(bus))), folder
    # MATPOWER's branches have no conductance: half of it stands at either end, as a shunt.
    g_mw = bus.gs_mw.to_numpy(dtype=float).copy()
    half_mw = branch.g_pu.to_numpy() / 2 * base_mva
    np.add.at(g_mw, branch.f, half_mw / branch.ratio.to_numpy() ** 2)
    np.add.at(g_mw, branch.t, half_mw)
    b, r, g = np.zeros((len(bus), 13)), np.zeros((len(branch), 13)), np.zeros((1, 21))
    b[:, 0], b[:, 1], b[:, 2], b[:, 3] = bus.bus, bus.type, bus.pd_mw, bus.qd_mvar
    # Begins flat, at no solution of anybody's.
    b[:, 4], b[:, 5], b[:, 6], b[:, 7], b[:, 9] = g_mw, bus.bs_mvar, 1, 1, bus.base_kv
    r[:, 0], r[:, 1], r[:, 2], r[:, 3], r[:, 4] = branch.f, branch.t, branch.r_pu, branch.x_pu, branch.b_pu
    r[:, 8], r[:, 9], r[:, 10], r[:, 11], r[:, 12] = branch.ratio, branch.shift_deg, branch.status, -360, 360
    slack = bus[bus.type == 3].iloc[0]
    g[0, [0, 5, 6, 7]] = slack.bus, slack.vm_pu, base_mva, 1
    case = {"version": "2", "baseMVA": base_mva, "bus": b, "branch": r, "gen": g}
    found, converged = runpf(case, ppoption(PF_TOL=1e-11, PF_MAX_IT=50, VERBOSE=0, OUT_ALL=0))
    assert converged, f"{folder}: PYPOWER does not converge"
    v = found["bus"][:, 7] * np.exp(1j * np.deg2rad(found["bus"][:, 8]))
    ends = found["branch"][:, 13] + 1j * found["branch"][:, 14], found["branch"][:, 15] + 1j * found["branch"][:, 16]
    # What the halves of conductance draw is part of what flows into a branch.
    at_from = ends[0] + half_mw * np.abs(v[branch.f] / branch.ratio) ** 2
    return bus, branch, v, (at_from, ends[1] + half_mw * np.abs(v[branch.t]) ** 2)


def main():
    tolerance_pu = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-8
    folders = sorted((pathlib.Path(sys.argv[1]) / "networks").iterdir())
    assert folders, "no sections: write some with --networks"
    worst_pu, worst_flow, feeders, nodes = 0.0, 0.0, 0, 0
    for folder in folders:
        bus, branch, v, (at_from, at_to) = solve(folder)
        ours = bus.vm_pu.to_numpy() * np.exp(1j * np.deg2rad(bus.va_deg.to_numpy()))
        worst_pu = max(worst_pu, np.abs(ours - v).max())
        flows = np.concatenate([branch.pf_mw + 1j * branch.qf_mvar - at_from, branch.pt_mw + 1j * branch.qt_mvar - at_to])
        worst_flow = max(worst_flow, np.abs(flows).max() / np.abs(at_from).max())
        feeders += branch.what.str.startswith("head of feeder").sum()
        nodes += len(bus)
    print(f"{len(folders)} sections, {feeders} feeders, {nodes} nodes solved again by PYPOWER:")
    print(f"greatest difference of a voltage {worst_pu:.2e} pu, of an end flow {worst_flow:.2e} of the section's")
    sys.exit(0 if worst_pu <= tolerance_pu and worst_flow <= 1e-6 else 1)


main()
