import Commands
import Foundation
import Testing

@Suite struct WebhookTests {
  private func parse(_ text: String) -> Result<WebhookURL, DeliveryError> {
    do throws(DeliveryError) { return .success(try WebhookURL(text, source: "the test")) } catch {
      return .failure(error)
    }
  }

  @Test(arguments: [
    "https://hooks.slack.com/services/T0/B0/SECRET", "https://chat.example:8443/hooks/SECRET?a=b",
    "http://localhost:1/SECRET", "http://127.0.0.1:80/SECRET", "http://127.255.0.9/SECRET", "http://[::1]:8080/SECRET",
    "HTTPS://EXAMPLE.COM/SECRET",
  ]) func takesHTTPSAndThisMachine(text: String) throws {
    let url = try parse(text).get()
    #expect(!"\(url)\(String(reflecting: url))".contains("SECRET"))
    var dumped = ""
    dump(url, to: &dumped)
    #expect(!dumped.contains("SECRET"))
  }

  @Test(arguments: [
    "http://hooks.slack.com/SECRET", "http://localhost.example.com/SECRET", "http://127.0.0.1.example.com/SECRET",
    "http://127.1/SECRET", "http://0127.0.0.1/SECRET", "http://2130706433/SECRET", "http://128.0.0.1/SECRET",
    "http://0.0.0.0/SECRET", "http://[::2]/SECRET", "http://[::ffff:8.8.8.8]/SECRET", "http://127.0.0.256/SECRET",
  ]) func refusesPlainHTTPToOthers(text: String) {
    #expect(parse(text) == .failure(.notSecure(source: "the test")))
  }

  @Test(arguments: [
    "", "SECRET", "hooks.slack.com/SECRET", "https://", "https:///SECRET", "ftp://a/SECRET", "file:///SECRET",
    "https://user:SECRET@example.com/", "https://SECRET@example.com/", "http://localhost@evil.example/SECRET",
    "https://example.com/SECRET x", "https://example.com/SECRET\r\nHost: x", "https://example.com:99999/SECRET",
    "https://example.com\\@localhost/SECRET", "https://exämple.com/SECRET", "javascript:SECRET",
    "https://example.com/" + String(repeating: "SECRET", count: 1000),
  ]) func refusesWhatIsNoURLWithoutShowingIt(text: String) {
    guard case .failure(let error) = parse(text) else {
      Issue.record("took it")
      return
    }
    #expect(!"\(error)".contains("SECRET"))
    #expect("\(error)".contains("the test"))
  }

  @Test func prefersTheVariableThenTheCredentialThenTheFile() throws {
    let folder = TemporaryFolder()
    let file = folder.file("webhook", "https://file.example/x\n")
    _ = folder.file("slack-webhook-url", "https://credential.example/x\n", mode: 0o440)
    let variable = "CCR_AUDIT_SLACK_WEBHOOK_URL"
    func load(_ environment: [String: String]) throws -> String {
      "\(try #require(try WebhookSource(environment: environment, file: file).load()))"
    }
    let credential = ["CREDENTIALS_DIRECTORY": folder.path]
    #expect(try load([:]) == "https://file.example/…")
    #expect(try load(credential) == "https://credential.example/…")
    #expect(try load(credential.merging([variable: "https://v.example/x"]) { $1 }) == "https://v.example/…")
    #expect(try load([variable: "", "CREDENTIALS_DIRECTORY": "/nonexistent"]) == "https://file.example/…")
    #expect(try WebhookSource(environment: [:], file: nil).load() == nil)
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o601]) func refusesAFileThatOthersMayUse(mode: Int) {
    let folder = TemporaryFolder()
    let file = folder.file("webhook", "https://example.com/SECRET", mode: mode)
    #expect(throws: DeliveryError.notPrivate(path: file, reason: "others may use it")) {
      try WebhookSource(environment: [:], file: file).load()
    }
  }

  @Test func refusesAFileOfAnotherUser() {
    let folder = TemporaryFolder()
    let file = folder.file("webhook", "https://example.com/SECRET")
    #expect(throws: DeliveryError.notPrivate(path: file, reason: "belongs to another user")) {
      try WebhookSource(environment: [:], file: file).load(owner: geteuid() + 1)
    }
  }

  @Test func refusesWhatIsNoFile() throws {
    let folder = TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    for path in [folder.path, pipe, folder.path + "/none", folder.file("long", String(repeating: "x", count: 5000))] {
      let error = #expect(throws: DeliveryError.self) { try WebhookSource(environment: [:], file: path).load() }
      #expect("\(try #require(error))".contains(path))
    }
  }
}
