"""The lines of the icons, as SVG in a square of 24; `INK` stands for the colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EYE = '<path d="M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12z"/>'
_FRAME = '<rect x="3.5" y="5" width="17" height="14" rx="2"/>'

SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "add": '<path d="M12 5v14M5 12h14"/>',
        "camera": '<circle cx="12" cy="10" r="7"/><circle cx="12" cy="10" r="2.6"/>'
        '<path d="M8.5 16.2 7 21h10l-1.5-4.8"/>',
        "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
        "chip": '<rect x="7" y="7" width="10" height="10" rx="1.5"/><path d="M10 7V3.5M14 7V3.5M10 20.5V17'
        'M14 20.5V17M7 10H3.5M7 14H3.5M20.5 10H17M20.5 14H17"/>',
        "clip": '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M8 4.5v15M16 4.5v15'
        'M3.5 9.5H8M3.5 14.5H8M16 9.5h4.5M16 14.5h4.5"/>',
        "close": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
        "copy": '<rect x="8.5" y="8.5" width="11" height="11.5" rx="2"/>'
        '<path d="M5.5 15.5h-1v-10a1.5 1.5 0 0 1 1.5-1.5h9.5v1.5"/>',
        "dot": '<circle cx="12" cy="12" r="4"/>',
        "down": '<path d="m6 9 6 6 6-6"/>',
        "download": '<path d="M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14"/>',
        "drag": '<path d="M8.5 7v.1M8.5 12v.1M8.5 17v.1M15.5 7v.1M15.5 12v.1M15.5 17v.1" stroke-width="3"/>',
        "eye": _EYE + '<circle cx="12" cy="12" r="2.8"/>',
        "eye-off": '<path d="M4 4l16 16M9.6 5.8A9 9 0 0 1 12 5.5c3.7 0 7 2 9.5 6.5a15 15 0 0 1-3 3.7'
        'M6.3 7.3A14 14 0 0 0 2.5 12C5 16.5 8.3 18.5 12 18.5a9 9 0 0 0 4.2-1M10 10a2.8 2.8 0 0 0 4 4"/>',
        "filters": '<path d="M4 5.5h16l-6 7.2v6L10 21v-8.3z"/>',
        "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5"/>',
        "folder": '<path d="M3.5 18.5v-13h6l2 2.5h9v10.5z"/>',
        "full-screen": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
        "help": '<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 '
        '2M12 16.8v.1"/>',
        "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.8v.1"/>',
        "inside": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.4 15.4 5 5M7.5 8.2h6M7.5 12.8h6M10.5 8.2v4.6"/>',
        "leave-full-screen": '<path d="M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5"/>',
        "log": '<path d="M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.5 6.5v.1M4.5 12v.1M4.5 17.5v.1"/>',
        "loop": '<path d="m17 3 3 3-3 3M4 11.5V10a4 4 0 0 1 4-4h12M7 21l-3-3 3-3M20 12.5V14a4 4 0 0 1-4 4H4"/>',
        "mirror": '<path d="M12 3.5v17M9 7.5 3.5 17H9zM15 7.5 20.5 17H15z"/>',
        "models": '<path d="m12 3.5 8.5 4.7L12 13 3.5 8.2zM3.5 12.2 12 17l8.5-4.8M3.5 16.2 12 21l8.5-4.8"/>',
        "more": '<g fill="INK" stroke="none"><circle cx="5.5" cy="12" r="1.7"/><circle cx="12" cy="12" r="1.7"/>'
        '<circle cx="18.5" cy="12" r="1.7"/></g>',
        "pause": '<path stroke-width="2.6" d="M8.5 6v12M15.5 6v12"/>',
        "play": '<path fill="INK" d="M8 5.5v13L18.5 12z"/>',
        "record": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4" fill="INK"/>',
        "redo": '<path d="m15 4 4.5 4.5L15 13M19.5 8.5H10a5.5 5.5 0 0 0 0 11h4"/>',
        "refresh": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"/>',
        "right": '<path d="m9 6 6 6-6 6"/>',
        "rotate": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"/>',
        "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
        "settings": '<circle cx="12" cy="12" r="3"/><path d="M12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21'
        'M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M18.4 5.6l-1.8 1.8M7.4 16.6l-1.8 1.8"/>',
        "snapshot": '<path d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4z"/><circle cx="12" cy="13" r="3.5"/>',
        "speed": '<path d="M4.5 18a9 9 0 1 1 15 0M12 14.5l4-5"/><circle cx="12" cy="14.5" r="1.2" fill="INK"/>',
        "step-back": '<path fill="INK" d="M17 6v12l-8.5-6z"/><path stroke-width="2.4" d="M6.5 6.5v11"/>',
        "step-forward": '<path fill="INK" d="M7 6v12l8.5-6z"/><path stroke-width="2.4" d="M17.5 6.5v11"/>',
        "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5" fill="INK"/>',
        "stream": '<circle cx="12" cy="12" r="1.8" fill="INK"/><path d="M7.8 16.2a6 6 0 0 1 0-8.4'
        'M16.2 7.8a6 6 0 0 1 0 8.4M5 19a10 10 0 0 1 0-14M19 5a10 10 0 0 1 0 14"/>',
        "teach": '<path d="M12 5 2.5 9.5 12 14l9.5-4.5zM6.5 11.5v4.5c1.5 1.5 3.3 2.2 5.5 2.2s4-.7 5.5-2.2'
        'v-4.5M21.5 9.5V15"/>',
        "test-card": _FRAME + '<path fill="INK" stroke="none" d="M7 8.5h5V12H7zM12 12h5v3.5h-5z"/>',
        "timeline": '<path stroke-width="2.4" d="M4 7h6M13 7h3M4 12h2M9 12h8M4 17h9M16.5 17H20"/>',
        "trash": '<path d="M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5l1 14h9l1-14M10.5 10.5v6M13.5 10.5v6"/>',
        "tune": '<path d="M4 7.5h8.5M17.5 7.5H20M4 16.5h2.5M11.5 16.5H20"/>'
        '<circle cx="15" cy="7.5" r="2.4"/><circle cx="9" cy="16.5" r="2.4"/>',
        "undo": '<path d="M9 4 4.5 8.5 9 13M4.5 8.5H14a5.5 5.5 0 0 1 0 11h-4"/>',
        "up": '<path d="m6 15 6-6 6 6"/>',
        "warn": '<path d="M12 4 21 19.5H3zM12 10v4.5M12 17v.1"/>',
    }
)
