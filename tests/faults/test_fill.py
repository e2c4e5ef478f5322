#
from tests.faults.playing import kept_of
import yaml, json, os
from pathlib import Path
import pytest
from tests.faults.stage import *
from tests.faults import stage
from tests.faults.playing import *
from tests.faults import matrix as m
m.MATRIX=Path('/tmp/skeleton.yaml')
SEL=os.environ.get('SEL','')
@pytest.mark.parametrize("row", [r for r in m.matrix() if SEL in r.id], ids=lambda r: r.id)
def test_fill(row, hub, monkeypatch, capsys, tmp_path):
    th=Theatre(hub, monkeypatch, capsys, tmp_path)
    hub.add(good_repo()); good=Good.of(th); hub.repos={r.id:r for r in [good_repo(**row.fault.repo)]}
    if row.where=='repeat': th.play()
    arm(hub,row.fault,row.where)
    rec={'id':row.id}
    try:
        o=th.play(row)
        rec.update(code=o.code, says=o.err.rstrip("\n"), report="none" if not o.out else "same" if o.out==good.out else "other", kept=sorted(kept_of(o.kept,good.kept)), names=sorted(o.kept), cpu=o.cpu, seconds=o.seconds, peak=o.grown, requests=o.requests, sent=o.sent, pauses=o.pauses)
        rec['exp']=(row.exit,row.kept)
        try: hold_always(o,th)
        except AssertionError as e: rec['always']=str(e)[:300]
        hub.twists.clear(); hub.add(good_repo()); a=th.play()
        if (a.code,a.out,a.err)!=(0,good.out,""): rec['again']=(a.code,a.err)
    except BaseException as e:
        rec['crash']=repr(e)[:300]
        raise
    finally:
        with open(f'/tmp/filled2/{os.getpid()}.jsonl','a') as f: f.write(json.dumps(rec)+"\n")
