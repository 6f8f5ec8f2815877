namespace Portolan.Model.Joints;

/// <summary>Takes events of our own: they enter at the journal, as log source <c>portolan</c>, and go the way of all others.</summary>
public interface IInject
{
    /// <summary>Takes one event as the message it is; never blocks. What cannot be taken is counted.</summary>
    void Submit(ReadOnlySpan<byte> message);
}
