"""Answers: what ``recipe`` says to what it does not understand."""


def one_line(ran):
    """The answer to what isn't understood: exit 2, nothing on stdout, one line on stderr."""
    assert ran.status == 2, ran
    assert ran.out == ""
    line, *place = ran.err.splitlines()
    assert "error: " in line
    assert place == [] or (len(place) == 2 and place[1].strip(" |\t") == "^"), ran.err
    return line
