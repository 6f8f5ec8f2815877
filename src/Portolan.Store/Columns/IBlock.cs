using Portolan.Model;

namespace Portolan.Store.Columns;

/// <summary>
/// Up to 65,536 rows of one database, in journal order, that never change: a block of a sealed segment, or a stretch of the open one. Columns are
/// read one by one; what <c>May…</c> answers with false can be skipped without reading. Safe for several readers at once.
/// </summary>
public interface IBlock
{
    int Rows { get; }

    /// <summary>Smallest and largest <c>starttime</c>, microseconds.</summary>
    (long Min, long Max) Time { get; }

    /// <summary>Where the block lies, for <c>--explain</c> and error messages.</summary>
    string Name { get; }

    /// <summary>Values of a Number, Time, Flag or Mac field; null when every row is 0.</summary>
    NumberColumn? Numbers(Field field);

    /// <summary>Values of an Address field; null when every row is absent.</summary>
    AddressColumn? Addresses(Field field);

    /// <summary>Values of a Text field; null when every row is NULL.</summary>
    TextColumn? Texts(Field field);

    /// <summary>Values of a stored property, by its name in any case; null when no row has it.</summary>
    TextColumn? Property(string name);

    /// <summary>Names of the properties that some row of the block has.</summary>
    IReadOnlyCollection<string> Properties { get; }

    /// <summary>The raw messages of the given rows (ascending), handed to <paramref name="each"/> in that order; the span lives only during the call.</summary>
    void Payloads(ReadOnlySpan<int> rows, PayloadRow each);

    /// <summary>The same in whatever order is cheapest, for many rows.</summary>
    void PayloadsAsStored(ReadOnlySpan<int> rows, PayloadRow each) => Payloads(rows, each);

    /// <summary>False: no row's number lies in [min, max].</summary>
    bool MayHoldNumber(Field field, long min, long max);

    /// <summary>False: no row's address lies in [first, last].</summary>
    bool MayHoldAddress(Field field, Address first, Address last);

    /// <summary>False: no row's text equals the value exactly.</summary>
    bool MayHoldText(Field field, ReadOnlySpan<byte> value);

    /// <summary>False: no row's property, by its name in any case, equals the value exactly; no row has it at all when the value is null.</summary>
    bool MayHoldProperty(string name, byte[]? value) => Properties.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// False: no payload holds the token. A token is a longest run of ASCII letters, digits and bytes above 127, folded to ASCII lower case, see
    /// <see cref="Tokens"/>. Answers are per block; frames inside are pruned by <see cref="PayloadsHolding"/>.
    /// </summary>
    bool MayHoldToken(ReadOnlySpan<byte> lowerToken);

    /// <summary>Rows whose payload frame may hold all the tokens, as ascending [start, end) runs: the rest cannot match.</summary>
    IReadOnlyList<(int Start, int End)> PayloadsHolding(IReadOnlyList<byte[]> lowerTokens);
}

public delegate void PayloadRow(int row, ReadOnlySpan<byte> payload);

/// <summary>What a search reads from: the segment store, or the batches a test has made.</summary>
public interface IBlockSource
{
    /// <summary>The blocks that may hold rows of the database with starttime in [from, to], oldest first. Keep the snapshot only while searching.</summary>
    BlockSnapshot Snapshot(Database database, long from, long to);
}

/// <summary>The blocks as they were at one moment; disposing lets their files go.</summary>
public sealed class BlockSnapshot(IReadOnlyList<IBlock> blocks, Action? release = null) : IDisposable
{
    public IReadOnlyList<IBlock> Blocks { get; } = blocks;

    public void Dispose() => release?.Invoke();
}
