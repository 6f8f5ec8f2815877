namespace Portolan.Fleet.Pki;

/// <summary>Something about keys and certificates that is wrong, and what to do about it.</summary>
public sealed record PkiFault(string What, string Try);

/// <summary>Certificates that cannot be used, with all that is wrong with them.</summary>
public sealed class PkiException(params IReadOnlyList<PkiFault> faults) : Exception(string.Join("; ", faults.Select(f => f.What)))
{
    public IReadOnlyList<PkiFault> Faults { get; } = faults;
}
