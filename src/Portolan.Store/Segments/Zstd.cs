using System.Runtime.InteropServices;

namespace Portolan.Store.Segments;

/// <summary>
/// The system's libzstd (RFC 8878 frames), level 1. One compression and one decompression context per thread, made at first use and freed with the thread.
/// </summary>
public static class Zstd
{
    const string Library = "libzstd.so.1";
    const int Level = 1;

    /// <summary>How many bytes one byte of a frame can at most stand for: a block of 128 KB takes 4 at least.</summary>
    public const int MostRatio = 1 << 15;

    [ThreadStatic]
    static Context? _context;

    /// <summary>The most bytes that compressing so many can give.</summary>
    public static int Bound(int length) => length + (length >> 8) + 512;

    /// <summary>Compresses into <paramref name="to"/>, which holds at least <see cref="Bound"/> bytes; the compressed length.</summary>
    public static unsafe int Compress(ReadOnlySpan<byte> from, Span<byte> to)
    {
        fixed (byte* f = from, t = to)
        {
            nuint n = CompressCCtx((_context ??= new()).Compressor, t, (nuint)to.Length, f, (nuint)from.Length, Level);
            return IsError(n) == 0 ? (int)n : throw new InvalidOperationException($"zstd: {Error(n)}");
        }
    }

    /// <summary>Decompresses one frame that must fill <paramref name="to"/> exactly; false when it does not or is broken.</summary>
    public static unsafe bool TryDecompress(ReadOnlySpan<byte> from, Span<byte> to)
    {
        byte none;
        fixed (byte* f = from, t = to)
        {
            nuint n = DecompressDCtx((_context ??= new()).Decompressor, t == null ? &none : t, (nuint)to.Length, f, (nuint)from.Length);
            return IsError(n) == 0 && n == (nuint)to.Length;
        }
    }

    static string Error(nuint code) => Marshal.PtrToStringUTF8(ErrorName(code)) ?? "unknown error";

    sealed class Context
    {
        nint _compressor, _decompressor;

        public Context()
        {
            if (NativeLibrary.TryLoad(Library, out _)) return;
            throw new DllNotFoundException($"{Library} is not on this machine: segments cannot be written or read. try: apt-get install libzstd1");
        }

        public nint Compressor => _compressor != 0 ? _compressor : _compressor = Made(CreateCCtx());
        public nint Decompressor => _decompressor != 0 ? _decompressor : _decompressor = Made(CreateDCtx());

        static nint Made(nint context) => context != 0 ? context : throw new OutOfMemoryException("zstd context");

        ~Context()
        {
            if (_compressor != 0) _ = FreeCCtx(_compressor);
            if (_decompressor != 0) _ = FreeDCtx(_decompressor);
        }
    }

    [DllImport(Library, EntryPoint = "ZSTD_createCCtx")]
    static extern nint CreateCCtx();

    [DllImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    static extern nuint FreeCCtx(nint context);

    [DllImport(Library, EntryPoint = "ZSTD_createDCtx")]
    static extern nint CreateDCtx();

    [DllImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    static extern nuint FreeDCtx(nint context);

    [DllImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    static extern unsafe nuint CompressCCtx(nint context, byte* to, nuint toLength, byte* from, nuint fromLength, int level);

    [DllImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    static extern unsafe nuint DecompressDCtx(nint context, byte* to, nuint toLength, byte* from, nuint fromLength);

    [DllImport(Library, EntryPoint = "ZSTD_isError")]
    static extern uint IsError(nuint code);

    [DllImport(Library, EntryPoint = "ZSTD_getErrorName")]
    static extern nint ErrorName(nuint code);
}
