using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>The plain form: for processors without the instruction, and the oracle of the tests.</summary>
    public static uint UpdateByTable(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) register = register >> 8 ^ Table[(byte)register ^ b];
        return register;
    }

    static readonly uint[] Table = MakeTable();

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
