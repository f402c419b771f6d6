"""A folder: whole files are taken, half-sent ones are not."""

import os
import threading
import time

import pytest
from conftest import settle

from tasking.feeds.transports.folder import FolderTransport
from tasking.feeds.transports.objects import ObjectStore
from tasking.model.delivery import Fetch
from tasking.model.errors import DeliveryNotComplete


def test_a_file_is_taken_unchanged(tmp_path, request_for):
    wanted = request_for("residents")
    path = tmp_path / wanted.file_name
    path.write_bytes(b"\xff\x00 as it is")
    settle(path)
    assert FolderTransport(tmp_path).fetch(wanted).files[0].content == b"\xff\x00 as it is"


def test_no_file_is_no_delivery(tmp_path, request_for):
    assert FolderTransport(tmp_path).fetch(request_for("residents")) == Fetch()


def test_a_file_that_is_still_growing_is_not_taken(tmp_path, request_for):
    wanted = request_for("residents")
    path = tmp_path / wanted.file_name
    path.write_bytes(b"first half")
    os.utime(path)

    def grow() -> None:
        time.sleep(0.4)
        with path.open("ab") as file:
            file.write(b", second half")

    writer = threading.Thread(target=grow)
    writer.start()
    with pytest.raises(DeliveryNotComplete, match="still being written"):
        FolderTransport(tmp_path).fetch(wanted)
    writer.join()


def test_object_storage_may_be_any_that_fsspec_knows(tmp_path, request_for):
    wanted = request_for("fire")
    assert ObjectStore(f"file://{tmp_path}", None).fetch(wanted) == Fetch()
    (tmp_path / wanted.file_name).write_bytes(b"{}\n")
    assert ObjectStore(f"file://{tmp_path}", None).fetch(wanted).files[0].content == b"{}\n"
