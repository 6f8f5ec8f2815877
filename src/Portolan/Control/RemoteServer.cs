using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Portolan.Fleet.Pki;

namespace Portolan.Control;

/// <summary>HTTPS to a Portolan server, which must prove who it is before anything is said.</summary>
static class RemoteServer
{
    /// <summary>The address as it is kept: scheme, host and port only.</summary>
    public static Uri Address(string text)
    {
        if (!text.Contains("://")) text = "https://" + text;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0 && url.UserInfo.Length == 0)
            return new(url.GetLeftPart(UriPartial.Authority) + "/");
        throw new CommandFault($"the address {text}", "it is no https://HOST[:PORT]/", "portolan login https://portolan.example.net");
    }

    /// <param name="authority">PEM of who vouches for the server; null: the system's authorities.</param>
    public static HttpClient Client(Uri url, string? authority, string token)
    {
        var ssl = new SslClientAuthenticationOptions();
        if (authority != null)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(authority);
            if (roots.Count == 0) throw new CommandFault("no certificate in the file of the authority", "it has no BEGIN CERTIFICATE", "--ca FILE of PEM");
            ssl.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = ssl, AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(url, "api/portolan/") };
        http.DefaultRequestHeaders.TryAddWithoutValidation("SEC", token);
        return http;
    }

    public static ControlClient Open(Uri url, string? authority, string token) => new(Client(url, authority, token), $"portolan login {url}");

    /// <summary>
    /// Who vouches for the server, by the server's own word: a person compares the fingerprint with the one that <c>portolan serve</c> told. Nothing is said
    /// to the server meanwhile. Null when an authority that this machine trusts vouches for it.
    /// </summary>
    /// <exception cref="CommandFault">It has no authority of its own, or not the one that it names.</exception>
    public static async Task<(string Pem, string Fingerprint)?> AuthorityAsync(Uri url, CancellationToken cancel)
    {
        X509Certificate2? leaf = null;
        bool isTrusted = false;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    isTrusted = errors == SslPolicyErrors.None;
                    leaf = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
                    return true;
                },
            },
        })
        {
            BaseAddress = url,
        };
        using var answer = await http.GetAsync("api/portolan/authority", cancel);
        if (isTrusted) return null;
        if (!answer.IsSuccessStatusCode) throw new CommandFault($"who vouches for {url} is not known here", "it has no authority of its own", "--ca FILE of PEM");
        using var root = X509Certificate2.CreateFromPem(await answer.Content.ReadAsStringAsync(cancel));
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(root);
        using (leaf)
            if (!chain.Build(leaf!)) throw new CommandFault($"{url} is not what it says", "the authority that it names does not vouch for it", "--ca FILE of PEM");
        return (root.ExportCertificatePem() + "\n", ServerCertificate.FingerprintOf(root));
    }
}
