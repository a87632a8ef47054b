"""Steps that mend one defect of recorded traces each, before anything is measured."""
