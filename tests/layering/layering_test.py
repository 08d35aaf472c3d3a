"""Fails when a file includes what its layer must not know: app -> ui -> core -> kernels, and each layer's foreign libraries.

Also proves that it can fail, by checking invented files first.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
QT = re.compile(r"^Q[A-Z]|^Qt")
QTCHARTS = re.compile(r"^QtCharts|^Q(Chart|.*Series|.*Axis|Legend|BarSet|.*ChartView)")
SQL = re.compile(r"^sqlite3|^QtSql|^QSql")
CUDA = re.compile(r"^cuda|^cublas|^nvml")
STANDARD = re.compile(r"^[a-z_]+$|^(sys|linux)/|^(stdint|stddef|immintrin|cpuid|unistd|sched|pthread|dlfcn|fcntl)\.h$")
PROJECT = re.compile(r"^(app|ui|core|kernels|tests)/")
ENGINE = ("core/model/", "core/rollout/", "core/train/", "kernels/")


def complaints(path, text):
    """What `path` (relative, with slashes) includes and must not."""
    layer = path.split("/")[0]
    for name in INCLUDE.findall(text):
        reason = None
        if layer == "kernels" and re.match(r"^(app|ui|core)/", name):
            reason = "kernels knows no experiment"
        elif layer == "core" and re.match(r"^(app|ui)/", name):
            reason = "core knows neither window nor programs"
        elif layer == "ui" and name.startswith("app/"):
            reason = "ui does not know the programs"
        elif layer == "ui" and name.startswith("kernels/"):
            reason = "ui knows no tensors"
        elif layer in ("core", "kernels") and QT.match(name):
            reason = "core and kernels know no Qt"
        elif QTCHARTS.match(name) and not path.startswith("ui/charts/"):
            reason = "only ui/charts names QtCharts"
        elif SQL.match(name) and not path.startswith("core/store/"):
            reason = "only core/store names SQLite"
        elif CUDA.match(name) and not path.startswith("kernels/cuda/"):
            reason = "CUDA stays in kernels/cuda"
        elif path.startswith(ENGINE) and path.startswith("core/") and PROJECT.match(name):
            if not name.startswith(ENGINE):
                reason = "the engine knows only kernels and itself"
        elif path.startswith(ENGINE) and not PROJECT.match(name) and not STANDARD.match(name):
            if not path.startswith("kernels/cuda/"):
                reason = "the engine uses the standard library only"
        if reason:
            yield f"{path}: includes {name}: {reason}"


def selfCheck():
    mustFail = [
        ("core/text/a.h", "#include <QString>"),
        ("kernels/a.h", '#include "core/problem.h"'),
        ("ui/panes/a.cpp", '#include "kernels/tensor.h"'),
        ("ui/panes/a.cpp", "#include <QtCharts/QLineSeries>"),
        ("ui/models/a.cpp", "#include <sqlite3.h>"),
        ("core/model/a.cpp", "#include <nlohmann/json.hpp>"),
        ("core/train/a.cpp", '#include "core/problem.h"'),
        ("kernels/cpu/a.cpp", "#include <zstd.h>"),
        ("core/store/a.cpp", '#include "ui/main_window.h"'),
        ("core/pipeline/a.cpp", "#include <cuda_runtime.h>"),
    ]
    mayPass = [
        ("ui/charts/a.cpp", "#include <QtCharts/QLineSeries>"),
        ("core/model/a.cpp", '#include <vector>\n#include "kernels/backend.h"'),
        ("core/store/a.cpp", "#include <sqlite3.h>"),
        ("kernels/cpu/a.cpp", "#include <immintrin.h>\n#include <stdint.h>\n#include <sys/resource.h>"),
    ]
    for path, text in mustFail:
        assert list(complaints(path, text)), f"{path} with {text!r} was let through"
    for path, text in mayPass:
        assert not list(complaints(path, text)), f"{path} with {text!r} was refused"


def main():
    selfCheck()
    root = pathlib.Path(sys.argv[1])
    found = []
    for folder in ("app", "core", "kernels", "ui"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cpp", ".cu", ".cuh"):
                found += complaints(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    allowed = {"CMakeLists.txt", "CMakePresets.json", "CMakeUserPresets.json", "README.md", "LICENSE", "build",
               "app", "core", "kernels", "ui", "resources", "tests", "installer"}
    found += [f"{entry.name}: the top level holds the agreed folders only" for entry in root.iterdir()
              if entry.name not in allowed and not entry.name.startswith(".")]
    print("\n".join(found) or "every include points the right way")
    sys.exit(bool(found))


main()
