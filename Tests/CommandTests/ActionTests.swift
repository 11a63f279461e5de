import Commands
import Foundation
import TestSupport
import Testing

/// The GitHub action, as far as it can run here.
struct ActionTests {
  @Test func asksForTheReleaseOfItsOwnVersion() throws {
    let action = try String(contentsOf: Fixtures.package.appending(path: "action.yml"), encoding: .utf8)
    let line = try #require(action.split(separator: "\n").first { $0.contains("version=$(") })
    let outcome = try runBinary(
      arguments: [],
      environment: ["ACTION": Fixtures.package.path(percentEncoded: false), "PATH": "/usr/bin:/bin"],
      shell: "\(line.trimmingCharacters(in: .whitespaces)); printf %s \"$version\"")
    #expect(outcome.output == ProgramVersion.current)
  }
}
