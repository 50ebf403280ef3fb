namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>One scene of each major version, built when the first test asks for it.</summary>
public sealed class HostileScenes : IAsyncDisposable
{
    private readonly Dictionary<int, Task<HostileScene>> _scenes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (Task<HostileScene> scene in _scenes.Values)
        {
            if (scene.IsCompletedSuccessfully)
            {
                await (await scene).DisposeAsync();
            }
        }
    }

    /// <summary>Tests of one collection run one after another, so a scene has one user at a time.</summary>
    internal Task<HostileScene> GetAsync(int major)
    {
        if (!_scenes.TryGetValue(major, out Task<HostileScene>? scene))
        {
            _scenes.Add(major, scene = HostileScene.StartAsync(major));
        }

        return scene;
    }
}
