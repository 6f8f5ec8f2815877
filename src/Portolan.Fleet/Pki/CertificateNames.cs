using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Portolan.Fleet.Pki;

/// <summary>Names in a certificate against names that an operator lists (RFC 5425 §5.2, RFC 6125).</summary>
public static class CertificateNames
{
    const string CommonName = "2.5.4.3";
    static readonly IdnMapping Idn = new();

    /// <summary>The subject's alternative names and addresses; without any name among them, its common name. What cannot be decoded is no name.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        var names = new List<string>();
        try
        {
            foreach (var alternative in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
            {
                names.AddRange(alternative.EnumerateDnsNames());
                names.AddRange(alternative.EnumerateIPAddresses().Select(a => a.ToString()));
            }
            if (names.All(n => IPAddress.TryParse(n, out _)))
            {
                names.AddRange(certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                    .Where(r => !r.HasMultipleElements && r.GetSingleElementType().Value == CommonName)
                    .Select(r => r.GetSingleElementValue()).OfType<string>());
            }
        }
        catch (CryptographicException)
        {
            // What was read of it until there, is.
        }
        return names;
    }

    /// <summary>Whether one of the names is the listed one. A star as the whole first label, on either side, stands for exactly one label.</summary>
    public static bool Match(string listed, IReadOnlyList<string> names)
    {
        string wanted = Ascii(listed);
        bool isAddress = IPAddress.TryParse(wanted, out var address);
        foreach (string name in names)
        {
            if (isAddress ? IPAddress.TryParse(name, out var own) && own.Equals(address) : Same(wanted, name) || Covers(wanted, name) || Covers(name, wanted)) return true;
        }
        return false;
    }

    static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    static bool Covers(string pattern, string name)
    {
        int dot = name.IndexOf('.');
        return pattern.StartsWith("*.", StringComparison.Ordinal) && dot > 0 && name[0] != '*' && Same(pattern[1..], name[dot..]);
    }

    static string Ascii(string name)
    {
        try
        {
            return System.Text.Ascii.IsValid(name) ? name : Idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }
}
