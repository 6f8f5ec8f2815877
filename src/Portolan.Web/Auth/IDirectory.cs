namespace Portolan.Web.Auth;

/// <summary>
/// Knows people and their passwords. The first is our own (<see cref="People"/>); others, such as an LDAP directory, are asked after it. A way to sign in
/// without a password that we see (Kerberos, OpenID Connect) proves a person in its own exchange and then opens a session for it (<see cref="Sessions"/>).
/// </summary>
public interface IDirectory
{
    /// <summary>For the audit log.</summary>
    string Name { get; }

    /// <summary>
    /// The person with this name and password; null when there is none, when the password is wrong, or when it is not enabled: the answer and the time it takes are the
    /// same. An <see cref="IOException"/> when the directory cannot be asked.
    /// </summary>
    ValueTask<Person?> ProveAsync(string name, string password, CancellationToken cancel);
}
