"""One long render in parts that are made beside one another, wherever there is a free worker, and put together again.

``plan`` says where a render is parted: by the recipe and the recording alone, never by how many workers there are, so
the same order gives the same bytes. ``making`` makes one part, ``joining`` puts all together and proves that it did;
``packets`` is the file in which a part travels. Nothing here is visible to anybody: a part is scratch.
"""
