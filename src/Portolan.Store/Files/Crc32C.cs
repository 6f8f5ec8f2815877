using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Portolan.Store.Files;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of everything that Portolan writes to disk, by the processor's own instruction where it
/// has one.
/// </summary>
public static class Crc32C
{
    /// <summary>The checksum of a whole text, as published: "123456789" gives e3069283.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    /// <summary>Feeds bytes to a running register. A checksum starts at any agreed value and ends with the complement of the register.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
    {
        ref byte p = ref MemoryMarshal.GetReference(bytes);
        int i = 0;
        if (Sse42.X64.IsSupported)
        {
            if (Pclmulqdq.IsSupported)
                for (; bytes.Length - i >= 4 * Streams * 8;)
                {
                    int words = Math.Min((bytes.Length - i) / (Streams * 8), MaxWords);
                    register = UpdateThreeStreams(register, ref Unsafe.Add(ref p, i), words);
                    i += words * Streams * 8;
                }
            ulong wide = register;
            for (; i + 8 <= bytes.Length; i += 8) wide = Sse42.X64.Crc32(wide, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i)));
            register = (uint)wide;
            for (; i < bytes.Length; i++) register = Sse42.Crc32(register, Unsafe.Add(ref p, i));
            return register;
        }
        if (Crc32.Arm64.IsSupported)
        {
            for (; i + 8 <= bytes.Length; i += 8)
                register = Crc32.Arm64.ComputeCrc32C(register, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i)));
            for (; i < bytes.Length; i++) register = Crc32.ComputeCrc32C(register, Unsafe.Add(ref p, i));
            return register;
        }
        return UpdateByTable(register, bytes);
    }

    // The instruction takes one word a cycle but gives its result after three: three neighbouring stretches are summed at once, then joined. Appending
    // n zero bytes to what was summed is a multiplication by x^8n; the carry-less product of two reflected registers, put through the instruction,
    // is their product times x^33. Earned by: journal append and read of 383-byte records, a checksum in half the time.
    static uint UpdateThreeStreams(uint register, ref byte p, int words)
    {
        ulong a = register, b = 0, c = 0;
        for (int i = 0; i < words * 8; i += 8)
        {
            a = Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i)));
            b = Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i + words * 8)));
            c = Sse42.X64.Crc32(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i + words * 16)));
        }
        var joined = Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(a), Vector128.CreateScalar((ulong)ZeroWords[2 * words]), 0)
            ^ Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(b), Vector128.CreateScalar((ulong)ZeroWords[words]), 0);
        return (uint)(Sse42.X64.Crc32(0, joined.ToScalar()) ^ c);
    }

    /// <summary>The plain form: for processors without the instruction, and the oracle of the tests.</summary>
    public static uint UpdateByTable(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) register = register >> 8 ^ Table[(byte)register ^ b];
        return register;
    }

    const int Streams = 3, MaxWords = 128;

    static readonly uint[] Table = MakeTable();

    // [w] = x^(64w-33) modulo the polynomial, reflected: what appends w words of zeros.
    static readonly uint[] ZeroWords = MakeZeroWords();

    static uint[] MakeZeroWords()
    {
        var words = new uint[2 * MaxWords + 1];
        words[1] = 1; // x^31
        for (int w = 2; w < words.Length; w++) words[w] = UpdateByTable(words[w - 1], new byte[8]);
        return words;
    }

    static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint r = n;
            for (int k = 0; k < 8; k++) r = (r & 1) != 0 ? r >> 1 ^ 0x82f63b78 : r >> 1;
            table[n] = r;
        }
        return table;
    }
}
