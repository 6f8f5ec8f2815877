using System.Net.Sockets;
using System.Runtime.InteropServices;
using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogUdp;

/// <summary>
/// Receives datagrams in batches with recvmmsg(2), which .NET does not offer: one system call for up to <see cref="Batch"/> datagrams, and with each
/// the kernel's count of datagrams dropped at this socket so far (SO_RXQ_OVFL, socket(7)).
/// </summary>
sealed unsafe partial class DatagramSocket : IDisposable
{
    public const int Batch = 64;

    /// <summary>The largest datagram that UDP can carry.</summary>
    public const int MaxDatagram = 65_536;

    const int SolSocket = 1, SoRcvBuf = 8, SoRcvBufForce = 33, SoRxqOvfl = 40, SoMemInfo = 55;
    const int MsgWaitForOne = 0x10000, MsgTrunc = 0x20;
    const int EIntr = 4;

    readonly Socket _socket;
    readonly int _fd;
    readonly byte* _buffers, _control, _names;
    readonly MessageHeader* _messages;
    readonly IoVector* _vectors;
    const int ControlSize = 64, NameSize = 28;

    /// <param name="bound">A bound UDP socket of either family; owned from here on.</param>
    public DatagramSocket(Socket bound)
    {
        _socket = bound;
        bool added = false;
        bound.SafeHandle.DangerousAddRef(ref added);
        _fd = (int)bound.SafeHandle.DangerousGetHandle();
        int on = 1;
        setsockopt(_fd, SolSocket, SoRxqOvfl, &on, sizeof(int));
        _buffers = (byte*)NativeMemory.Alloc(Batch, MaxDatagram);
        _control = (byte*)NativeMemory.AllocZeroed(Batch, ControlSize);
        _names = (byte*)NativeMemory.AllocZeroed(Batch, NameSize);
        _vectors = (IoVector*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(IoVector));
        _messages = (MessageHeader*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(MessageHeader));
        for (int i = 0; i < Batch; i++)
        {
            _vectors[i] = new() { Base = _buffers + (nint)i * MaxDatagram, Length = MaxDatagram };
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
            _messages[i].Name = _names + i * NameSize;
            _messages[i].Control = _control + i * ControlSize;
        }
    }

    /// <summary>Datagrams that the kernel dropped at this socket because its buffer was full, as of the last <see cref="Receive"/>.</summary>
    public uint KernelDrops { get; private set; }

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
            _messages[i].ControlLength = ControlSize;
            _messages[i].Flags = 0;
            _messages[i].Received = 0;
        }
        int n = recvmmsg(_fd, _messages, Batch, MsgWaitForOne, null);
        if (n < 0) return Marshal.GetLastPInvokeError() == EIntr ? 0 : -1;
        for (int i = 0; i < n; i++) ReadDrops(i);
        // What was dropped behind the last datagram is told with the next, which may never come: the drained socket is asked.
        if (n < Batch) AskForDrops();
        return n;
    }

    /// <summary>Takes the kernel's count of drops as it is now (SO_MEMINFO, the ninth number: SK_MEMINFO_DROPS of linux/sock_diag.h).</summary>
    public void AskForDrops()
    {
        const int drops = 8;
        uint* info = stackalloc uint[drops + 1];
        uint size = (drops + 1) * sizeof(uint);
        if (getsockopt(_fd, SolSocket, SoMemInfo, (int*)info, &size) == 0 && size == (drops + 1) * sizeof(uint)) KernelDrops = info[drops];
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

    // struct cmsghdr { size_t len; int level; int type; } and then the value, here a u32.
    void ReadDrops(int i)
    {
        nuint length = _messages[i].ControlLength;
        byte* c = _control + i * ControlSize;
        for (nuint at = 0; at + 16 <= length;)
        {
            nuint len = *(nuint*)(c + at);
            if (len < 16 || at + len > length) return;
            if (*(int*)(c + at + 8) == SolSocket && *(int*)(c + at + 12) == SoRxqOvfl && len >= 20) KernelDrops = *(uint*)(c + at + 16);
            at += (len + 7) & ~(nuint)7;
        }
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
        NativeMemory.Free(_control);
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
