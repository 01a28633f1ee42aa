"""智慧管廊: gas, air, water and pumps of a utility gallery, watched from first sign to closure."""

from haihe.model import Text
from haihe.pack import Pack
from haihe.packs.gallery.demo import demo_faults
from haihe.packs.gallery.playbooks import PLAYBOOKS
from haihe.packs.gallery.streams import STREAMS
from haihe.packs.gallery.titles import FIELD_TITLES
from haihe.packs.gallery.twin import GalleryTwin

__all__ = ["GalleryTwin", "demo_faults", "pack"]

pack = Pack(
    name="gallery",
    field_titles=FIELD_TITLES,
    title=Text(zh="智慧管廊", en="Utility gallery"),
    playbooks=PLAYBOOKS,
    streams=STREAMS,
    twin=GalleryTwin,
    demo=demo_faults,
)
