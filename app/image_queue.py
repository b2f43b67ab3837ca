"""Which image is the most useful to paint next, as the predictions of this moment say."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.document.files import read_bytes, write_aside
from app.document.project import ImageItem, ImageState, Project
from app.engine.events import Traits

if TYPE_CHECKING:
    from app.session import Session

logger = logging.getLogger(__name__)

_SETTING = "most_useful_first"
_PAINTED = (ImageState.EDITED, ImageState.REVIEWED)


class ImageQueue:
    """Keeps the traits of the images, and their order by use. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._traits: dict[str, Traits] = {}
        self.order: tuple[int, ...] = ()

    @property
    def is_followed(self) -> bool:
        """Whether the list and the way to the next image follow the queue."""
        project = self._session.project
        return project is not None and bool(project.setting(_SETTING, False))

    def begin(self, project: Project) -> None:
        """Take up what was known of the images when the project was closed."""
        self._traits, self.order = {}, ()

        def load() -> None:
            known = read_traits(_file_of(project))
            self._session.do_in_front(partial(self._take_known, project, known))

        self._session.do_behind(load)

    def end(self, project: Project) -> None:
        """Keep what is known of the images; a folder that is gone is not made again for that."""
        traits, self._traits, self.order = self._traits, {}, ()
        if traits and not project.is_read_only and project.data_folder.is_dir():
            try:
                write_traits(_file_of(project), traits)
            except OSError as error:
                logger.warning("the traits of the images were not kept: %s", error)

    def take(self, name: str, traits: Traits) -> None:
        """An image was predicted."""
        self._traits[name] = traits

    def follow(self, is_followed: bool) -> None:
        """Go by the queue from now on, or by the order of the folder."""
        project = self._session.project
        if project is None:
            return
        if not project.is_read_only:
            project.set_setting(_SETTING, is_followed)
        self._session.queue_changed.emit()
        self.refresh()

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        """Order the images again, off the GUI thread; `queue_changed` and `then` tell when."""
        session = self._session
        project = session.project
        if project is None or (then is None and not self.is_followed):
            return
        if not session.learning.is_ready:  # it takes torch, which must not be imported here
            if then is not None:
                then()
            return
        images, traits = project.images, dict(self._traits)

        def take(order: tuple[int, ...]) -> None:
            if project is not session.project:
                return
            has_changed, self.order = order != self.order, order
            if has_changed:
                session.queue_changed.emit()
            if then is not None:
                then()

        session.do_behind(lambda: session.do_in_front(partial(take, ordered(images, traits))))

    def show_most_useful(self) -> None:
        """Bring the image to the screen that the model would learn most from."""
        if self._session.project is not None:
            self.refresh(self._show_first)

    def _show_first(self) -> None:
        session = self._session
        shown = session.wanted_image
        items = [item for item in session.images() if item.state is not ImageState.REVIEWED]
        states = {item.id: item.state for item in items}
        untouched = [item.id for item in items if item.state not in _PAINTED]
        known = [image_id for image_id in self.order if states.get(image_id) not in _PAINTED]
        candidates = [*known, *untouched, *states]
        found = next((i for i in candidates if i in states and i != shown), None)
        if found is None:
            session.tell_all_reviewed()
            return
        session.show_image(found)
        if self.is_followed:
            rest = [image_id for image_id in known if image_id not in (found, shown)]
            session.prefetch(rest[:1])

    def _take_known(self, project: Project, known: dict[str, Traits]) -> None:
        if project is self._session.project:
            self._traits = known | self._traits


def ordered(images: Mapping[int, ImageItem], traits: Mapping[str, Traits]) -> tuple[int, ...]:
    """The ids of the images that wait, the most useful first. Not for the GUI thread.

    Images that were never predicted, and those that failed, are left out.
    """
    from segmodels.queue import order_by_use

    known = [item for item in images.values() if item.name in traits]
    waiting = [item for item in known if item.state not in (*_PAINTED, ImageState.FAILED)]
    order = order_by_use(
        [traits[item.name].doubt for item in waiting],
        [traits[item.name].descriptor for item in waiting],
        [traits[item.name].descriptor for item in known if item.state in _PAINTED],
    )
    return tuple(waiting[k].id for k in order)


def write_traits(path: Path, traits: dict[str, Traits]) -> None:
    """Write all traits to one file, aside and swapped in."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        names=np.array(list(traits)),
        doubts=np.array([one.doubt for one in traits.values()]),
        descriptors=np.stack([one.descriptor for one in traits.values()]),
    )
    write_aside(path, buffer.getvalue())


def read_traits(path: Path) -> dict[str, Traits]:
    """What was kept; nothing when there is no such file, or it is damaged: it will come again."""
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as kept:
            names, doubts, descriptors = kept["names"], kept["doubts"], kept["descriptors"]
        return {
            str(name): Traits(float(doubt), descriptor.astype(np.float32))
            for name, doubt, descriptor in zip(names, doubts, descriptors, strict=True)
        }
    except FileNotFoundError:
        return {}
    except Exception as error:  # numpy and zipfile raise what they like for a damaged file
        logger.info("%s is left aside: %s", path, error)
        return {}


def _file_of(project: Project) -> Path:
    return project.data_folder / "traits.npz"
