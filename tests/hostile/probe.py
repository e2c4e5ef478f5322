"""Print what each case costs: python -m tests.hostile.probe FOLDER [WORD]"""
import json, subprocess, sys, shutil
from pathlib import Path
from tests.hostile import heavy
root = Path(sys.argv[1]); word = sys.argv[2] if len(sys.argv) > 2 else ""
cases = [c for c in heavy.cases() if word in c.name]
for start in range(0, len(cases), 8):
    part = cases[start:start+8]
    shutil.rmtree(root, ignore_errors=True); root.mkdir(parents=True)
    jobs = []
    for n, c in enumerate(part):
        (root / str(n)).mkdir(); c.write(root / str(n)); jobs.append([str(root / str(n)), list(c.words)])
    (root / "jobs").write_text(json.dumps(jobs))
    subprocess.run([sys.executable, "-m", "tests.hostile.batch", str(root/"jobs"), str(root/"res")], check=True, stdin=subprocess.DEVNULL)
    for c, r in zip(part, json.loads((root/"res").read_text())):
        code, cpu, peak, out, err = r
        lines = err.splitlines()
        bad = []
        if cpu > 4: bad.append("CPU")
        if peak > 300e6: bad.append("MEM")
        if code not in c.codes: bad.append(f"CODE")
        if max(map(len, lines), default=0) > 300: bad.append(f"LONG{max(map(len, lines))}")
        if code not in (0,1,3) and len(lines) != 1: bad.append(f"LINES{len(lines)}")
        print(f"{' '.join(bad):14} {c.name:44} code={code} cpu={cpu:.1f} mb={peak/1e6:.0f} {(lines or [''])[-1][:150]}", flush=True)
