import Fleet
import Testing

/// What of a name leaves the machine.
struct SentNameTests {
  @Test(arguments: [
    ("/home/anna/models/qwen.gguf", "qwen.gguf"), ("/models/Qwen2.5-7B/", "Qwen2.5-7B"), ("~/m/a.gguf", "a.gguf"),
    ("./a.gguf", "a.gguf"), ("../up/a.gguf", "a.gguf"), (#"C:\Users\anna\a.gguf"#, "a.gguf"), ("d:/m/a.gguf", "a.gguf"),
    (#"\\server\share\a.gguf"#, "a.gguf"), ("file:///srv/a.gguf", "a.gguf"), ("/", "path"),
  ]) func ofAPathOnlyTheLastPartDoes(name: String, sent: String) {
    #expect(SentName.model(name) == sent)
  }

  @Test(arguments: [
    "glm-5.2", "z-ai/glm-5.2", "accounts/fireworks/models/glm-5p2", "~anthropic/claude-sonnet-latest",
    "qwen3-coder:30b",
    "hf.co/someone/m:Q4", "a:b", "c:", "", ".hidden", "智谱/glm",
  ]) func otherModelsAreSentAsTheyAre(name: String) {
    #expect(SentName.model(name) == name)
  }

  @Test(arguments: [
    ("annas-laptop.local", "local"), ("Annas-Laptop.LOCAL:11434", "local:11434"), ("a.b.local.:80", "local:80"),
    ("api.minimax.io", "api.minimax.io"), ("127.0.0.1:11434", "127.0.0.1:11434"),
    ("gateway.corp.example", "gateway.corp.example"),
    ("local", "local"), ("minimax", "minimax"), ("", ""), ("[::1]:80", "[::1]:80"),
  ]) func ofAHostOfTheLocalNetworkOnlyThatItIsOne(name: String, sent: String) {
    #expect(SentName.host(name) == sent)
  }
}
