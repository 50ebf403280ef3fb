using System.Net;
using System.Text;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Connects, sends "ping", and says what came back or why not.</summary>
internal sealed class Caller(ILoop loop) : IConnectionOwner
{
    private bool _connected;

    public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Call(EndPoint address) => _ = loop.Connect(address, this);

    public void OnReady(Connection connection, Readiness readiness)
    {
        if (!_connected)
        {
            Assert.Equal(Readiness.Writable, readiness);
            _connected = true;
            if (connection.FinishConnecting() is { } failure)
            {
                Answer.SetResult(failure);
                connection.Close();
                return;
            }

            connection.Send("ping"u8);
            connection.Watch(Readiness.Readable);
            return;
        }

        int count = connection.Receive(loop.Scratch);
        if (count != Connection.Blocked)
        {
            Answer.SetResult(Encoding.ASCII.GetString(loop.Scratch, 0, count));
            connection.Close();
        }
    }
}
