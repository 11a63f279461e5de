import Foundation
import Testing

struct ReadmeTests {
  /// A figure of README that nobody measured again is a false one.
  @Test func readmesSpeedsAreThoseThatMakeBenchPrintedLast() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    let readme = try String(contentsOf: package.appending(path: "README.md"), encoding: .utf8)
    let document = try String(contentsOf: package.appending(path: "Benchmarks/README.md"), encoding: .utf8)
    let printed = try #require(
      document.firstMatch(of: /begin of what `make bench` prints(?s:.*)end of what `make bench` prints/))
    let section = try #require(readme.firstMatch(of: /\n## Speed\n((?s:.*?))\n\[Benchmarks\]/))
    let figures = section.1.matches(of: /[\d.,]+(?: (?:s|ms|B a request)|\/s)(?=[;,| ])/).map { String($0.0) }
    #expect(figures.count > 8, "the figures of \(section.1)")
    for figure in figures { #expect(printed.0.contains(figure), "\(figure) of README's table of speeds") }
  }
}
