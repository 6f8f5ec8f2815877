using System.Runtime.InteropServices;
using System.Text;

namespace Portolan;

enum ColorMode
{
    Auto,
    Always,
    Never,
}

/// <summary>The three standard streams and what is known about them. Tests put streams of their own in.</summary>
sealed class Terminal(Stream input, Stream output, TextWriter error)
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public Stream In { get; } = input;

    /// <summary>Buffered; flushed when the command ends.</summary>
    public Stream Out { get; } = output;

    public TextWriter Error { get; } = error;
    public bool OutIsTerminal { get; init; }
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Cells in a line of standard output; no limit when it is no terminal.</summary>
    public int Width { get; init; } = int.MaxValue;

    public ColorMode Color { get; set; }

    /// <summary>Local time of people; <c>--tz</c> changes it.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Local;

    /// <summary>Asks a person for a line, shown or not as it is typed; null when there is nobody to ask.</summary>
    public Func<string, bool, string?> Ask { get; init; } = (_, _) => null;

    public string? Line(string prompt) => Ask(prompt, true);

    /// <summary>Nothing of the answer is shown.</summary>
    public string? Secret(string prompt) => Ask(prompt, false);

    static string? AskPerson(string prompt, bool shown)
    {
        if (Console.IsInputRedirected) return null;
        Console.Error.Write(prompt);
        if (shown) return Console.ReadLine();
        var typed = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return typed.ToString();
    }

    public static Terminal OfProcess()
    {
        Stream output = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();
        var error = new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true };
        bool terminal = !Console.IsOutputRedirected;
        return new(Console.OpenStandardInput(), new BufferedStream(output, 1 << 16), error)
        {
            OutIsTerminal = terminal,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Width = terminal ? Columns() : int.MaxValue,
            Ask = AskPerson,
        };
    }

    static int Columns()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int named) && named > 0) return named;
        return OperatingSystem.IsWindows() ? Console.WindowWidth : StandardOutput.TerminalWidth() ?? 80;
    }

    public void WriteLine(string line = "") => Write(line + "\n");

    public void Write(string text) => Out.Write(Utf8.GetBytes(text));

    /// <summary>Colour is an addition: what it says stands in words too.</summary>
    public string Bold(string text) => Paint(text, "1", OutIsTerminal);

    public string Green(string text) => Paint(text, "32", OutIsTerminal);

    public string Red(string text) => Paint(text, "31", OutIsTerminal);

    public string ErrorRed(string text) => Paint(text, "31", ErrorIsTerminal);

    string Paint(string text, string code, bool isTerminal)
    {
        bool paint = Color switch
        {
            ColorMode.Always => true,
            ColorMode.Never => false,
            _ => isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
                && Environment.GetEnvironmentVariable("TERM") != "dumb",
        };
        return paint ? $"\e[{code}m{text}\e[0m" : text;
    }
}

/// <summary>The reader of our output has gone (<c>| head</c>): the command ends, silently.</summary>
sealed class BrokenPipeException : IOException;

/// <summary>
/// Descriptor 1 by write(2). The framework's console stream swallows a broken pipe, so that an endless command would never learn of it; a
/// FileStream writes at positions of its own and would overwrite what others append to the same file.
/// </summary>
sealed unsafe partial class StandardOutput : Stream
{
    const int Interrupted = 4, TryAgain = 11, BrokenPipe = 32;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFd* descriptors, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, WindowSize* size);

    struct WindowSize
    {
        public ushort Rows, Columns, XPixels, YPixels;
    }

    /// <summary>Cells in a line of the terminal; null when it does not say. The framework's way writes to the terminal to find out.</summary>
    public static int? TerminalWidth()
    {
        const nuint getWindowSize = 0x5413;
        WindowSize size;
        return ioctl(1, getWindowSize, &size) == 0 && size.Columns > 0 ? size.Columns : null;
    }

    struct PollFd
    {
        public int Descriptor;
        public short Events, Returned;
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint n;
            fixed (byte* start = bytes) n = write(1, start, bytes.Length);
            if (n >= 0)
            {
                bytes = bytes[(int)n..];
                continue;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case BrokenPipe:
                    throw new BrokenPipeException();
                case TryAgain:
                    // Someone who shares the descriptor made it non-blocking.
                    const short writable = 4;
                    var descriptor = new PollFd { Descriptor = 1, Events = writable };
                    _ = poll(&descriptor, 1, -1);
                    break;
                case var error:
                    throw new IOException($"standard output: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
