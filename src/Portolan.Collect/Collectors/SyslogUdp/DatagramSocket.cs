using System.Net.Sockets;
using System.Runtime.InteropServices;
using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogUdp;

/// <summary>
/// Receives datagrams in batches with recvmmsg(2), which .NET does not offer: one system call for up to <see cref="Batch"/> datagrams.
/// </summary>
sealed unsafe partial class DatagramSocket : IDisposable
{
    public const int Batch = 64;

    /// <summary>The largest datagram that UDP can carry.</summary>
    public const int MaxDatagram = 65_536;

    const int SolSocket = 1, SoRcvBuf = 8, SoRcvBufForce = 33, SoMemInfo = 55;
    const int MsgWaitForOne = 0x10000, MsgTrunc = 0x20;
    const int EIntr = 4;

    readonly Socket _socket;
    readonly int _fd;
    readonly byte* _buffers, _names;
    readonly MessageHeader* _messages;
    readonly IoVector* _vectors;
    const int NameSize = 28;

    /// <param name="bound">A bound UDP socket of either family; owned from here on.</param>
    public DatagramSocket(Socket bound)
    {
        _socket = bound;
        bool added = false;
        bound.SafeHandle.DangerousAddRef(ref added);
        _fd = (int)bound.SafeHandle.DangerousGetHandle();
        _buffers = (byte*)NativeMemory.Alloc(Batch, MaxDatagram);
        _names = (byte*)NativeMemory.AllocZeroed(Batch, NameSize);
        _vectors = (IoVector*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(IoVector));
        _messages = (MessageHeader*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(MessageHeader));
        for (int i = 0; i < Batch; i++)
        {
            _vectors[i] = new() { Base = _buffers + (nint)i * MaxDatagram, Length = MaxDatagram };
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
            _messages[i].Name = _names + i * NameSize;
        }
    }

    /// <summary>
    /// Datagrams that the kernel dropped at this socket so far because its buffer was full; wraps at 2^32. Asked of the socket (SO_MEMINFO, the ninth value of
    /// linux/sock_diag.h) and not taken from what comes with a datagram (SO_RXQ_OVFL): that is as old as the datagram, and silent after the last one of a burst.
    /// </summary>
    public uint KernelDrops()
    {
        const int values = 9;
        uint* info = stackalloc uint[values];
        uint size = values * sizeof(uint);
        return getsockopt(_fd, SolSocket, SoMemInfo, info, &size) == 0 && size == values * sizeof(uint) ? info[values - 1] : 0;
    }

    /// <summary>Asks for a receive buffer of so many bytes, past rmem_max where we may, and says what the kernel gives (it doubles the number for its own use).</summary>
    public int AskForBuffer(int bytes)
    {
        int given = 0;
        uint size = sizeof(int);
        if (setsockopt(_fd, SolSocket, SoRcvBufForce, &bytes, sizeof(int)) != 0) setsockopt(_fd, SolSocket, SoRcvBuf, &bytes, sizeof(int));
        getsockopt(_fd, SolSocket, SoRcvBuf, &given, &size);
        return given / 2;
    }

    /// <summary>Blocks until at least one datagram is there; how many came, 0 when the call was interrupted, −1 when the socket is closed or broken.</summary>
    public int Receive()
    {
        for (int i = 0; i < Batch; i++)
        {
            _messages[i].NameLength = NameSize;
            _messages[i].Flags = 0;
            _messages[i].Received = 0;
        }
        int n = recvmmsg(_fd, _messages, Batch, MsgWaitForOne, null);
        if (n < 0) return Marshal.GetLastPInvokeError() == EIntr ? 0 : -1;
        return n;
    }

    public ReadOnlySpan<byte> Datagram(int i) => new(_buffers + (nint)i * MaxDatagram, (int)Math.Min(_messages[i].Received, MaxDatagram));

    public bool Truncated(int i) => (_messages[i].Flags & MsgTrunc) != 0;

    /// <summary>The sender's address and port (sockaddr_in or sockaddr_in6, ip(7), ipv6(7)).</summary>
    public Address Sender(int i, out ushort port)
    {
        byte* name = _names + i * NameSize;
        port = (ushort)(name[2] << 8 | name[3]);
        if (*(ushort*)name == 2) return Address.FromV4((uint)(name[4] << 24 | name[5] << 16 | name[6] << 8 | name[7]));
        return new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(name + 8, 16)));
    }

    /// <summary>Wakes a blocked <see cref="Receive"/>, which then answers −1.</summary>
    public void Shutdown()
    {
        // An unconnected UDP socket refuses shutdown(2) with ENOTCONN but wakes its readers all the same; closing alone would not.
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
        }
    }

    public void Dispose()
    {
        _socket.SafeHandle.DangerousRelease();
        _socket.Dispose();
        NativeMemory.Free(_buffers);
        NativeMemory.Free(_names);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_messages);
    }

    struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    // struct mmsghdr on 64-bit Linux: msghdr (56 bytes) and the number of bytes received.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    struct MessageHeader
    {
        [FieldOffset(0)] public byte* Name;
        [FieldOffset(8)] public uint NameLength;
        [FieldOffset(16)] public IoVector* Vectors;
        [FieldOffset(24)] public nuint VectorCount;
        [FieldOffset(32)] public byte* Control;
        [FieldOffset(40)] public nuint ControlLength;
        [FieldOffset(48)] public int Flags;
        [FieldOffset(56)] public uint Received;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(int fd, MessageHeader* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int option, void* value, uint* length);
}
