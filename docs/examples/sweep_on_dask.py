"""A sweep on Dask: here two worker processes on this machine, elsewhere as many machines as there are."""

from distributed import Client, LocalCluster

import treadle

PROGRAMS = [
    "docs/examples/mailbox.py::late_letter",
    "docs/examples/one_condition.py::one_producer_two_consumers",
    ("docs/examples/mailbox.py::late_letter", {"wake_order": "any", "spurious": True}),
]


def main():
    """Check the programs and print what came of each."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        for report in treadle.check_all(PROGRAMS, executor=client.get_executor()):
            print(f"{report.program}: {report.verdict} ({report.states} states)")


if __name__ == "__main__":
    main()
